"""The pipeline joins the rooms: one function a question, each answer with its provenance.

`world` opens everything that is loaded, `selection` resolves a query against it, `clusters`, `score`, `overview` and
`area` answer, `brief` draws, and `load`, `extract` and `coverage` bring data in.
"""

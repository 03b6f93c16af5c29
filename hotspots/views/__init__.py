"""Results to maps, charts and pictures; knows no Streamlit."""

"""Ask the publishers of open data: ranges of the police.uk archive, its API, and the feature services of the ONS.

No request is made unless the user asked for one, and none goes to a host that the settings do not name.
"""

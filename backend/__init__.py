"""OpenReg core: the platform that turns source rows into delivered regulatory files."""

import gc

# Loading our modules makes half a million objects that stay. Looking for garbage among them after every 700 new ones,
# Python's own choice, took two of the five seconds in which a service starts.
GARBAGE_THRESHOLDS = (50_000, 20, 50)
gc.set_threshold(*GARBAGE_THRESHOLDS)

"""The steps of a run; each knows only the context it is given."""

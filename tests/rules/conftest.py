"""A slow machine is no failure: properties are searched without a stopwatch."""

from hypothesis import settings

settings.register_profile("portal", deadline=None)
settings.load_profile("portal")

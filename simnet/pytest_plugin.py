"""The pytest plugin: scenario files as tests, and networks as fixtures."""

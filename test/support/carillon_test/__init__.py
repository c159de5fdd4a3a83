"""What Carillon's end-to-end tests and its demo run against: real servers and recording sinks.

Standard library and Debian packages only. Everything listens on 127.0.0.1.
"""

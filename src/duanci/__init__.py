"""duanci (段次): ask a report, get an answer that cites its printed paragraph numbers."""

__version__ = "0.1.0"

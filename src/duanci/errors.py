"""The exceptions of duanci.

DuanciError                 anything that a user can put right; only `cli` and `app` catch it
├── ConfigError             a setting is missing, unknown or out of its bounds
├── ReportError             a report cannot be read, or its numbering makes citing impossible
├── EncoderError            an encoder cannot be had, or does not do what is asked of it
├── QuestionError           a question that cannot be asked (empty, too long)
├── BuildError              something is wrong with the index on disk
│   ├── IndexMissing        there is no build where one was expected
│   ├── IndexBusy           another process is writing the index
│   └── IndexMismatch       a build does not belong to this encoder or schema
│       └── DamagedBuild    a file of a build is missing, or not as it was written
├── UnknownParagraph        a paragraph id that no report of the build has
├── UnknownReport           a report symbol that the build does not have
├── UnknownSection          a section that no report of the build has
└── EvaluationError         a question set cannot be read

Every message is one line: what was found, what was expected, what to do.
"""


class DuanciError(Exception):
    """Base of all errors that duanci raises on purpose."""


class ConfigError(DuanciError):
    """A setting is missing, unknown or out of its bounds."""


class ReportError(DuanciError):
    """A report cannot be read, or its numbering makes citing impossible."""


class EncoderError(DuanciError):
    """An encoder cannot be had, or does not do what is asked of it."""


class QuestionError(DuanciError):
    """A question that cannot be asked."""


class BuildError(DuanciError):
    """Something is wrong with the index on disk."""


class IndexMissing(BuildError):
    """There is no build where one was expected."""


class IndexMismatch(BuildError):
    """A build was made by another encoder or schema, or is damaged."""


class DamagedBuild(IndexMismatch):
    """A file of a build is missing, or is not as it was written."""


class IndexBusy(BuildError):
    """Another process is writing the index."""


class UnknownParagraph(DuanciError):
    """A paragraph id that no report of the build has."""


class UnknownReport(DuanciError):
    """A report symbol that the build does not have."""


class UnknownSection(DuanciError):
    """A section that no report of the build has."""


class EvaluationError(DuanciError):
    """A question set cannot be read."""

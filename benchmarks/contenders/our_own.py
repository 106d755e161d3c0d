"""Our own assistant with its defaults: it ranks, quotes, and perhaps refuses."""

from pathlib import Path


class Duanci:
    """The assistant over passages; it has one runtime and always ranks by words too."""

    def __init__(self, runtime: str, words: bool) -> None:
        del runtime, words

    def load(self, model: str) -> None:
        """Load the default encoder; it finds `model` by itself."""
        from duanci.config import load_settings
        from duanci.encoder import open_encoder

        del model
        self._encoder = open_encoder(load_settings())

    def build(self, passages: list[str], folder: str) -> None:
        """Write a build, prove it, put it in force, and open it."""
        from duanci.assistant import Assistant
        from duanci.config import load_settings
        from duanci.evaluate import index_contexts

        index_contexts(Path(folder), "passages", passages, self._encoder)
        settings = load_settings(index=Path(folder))
        self._assistant = Assistant.open_with(settings, self._encoder)

    def open(self, model: str, folder: str) -> None:
        """Open the build in force."""
        from duanci.assistant import Assistant
        from duanci.config import load_settings

        del model
        self._assistant = Assistant.open(load_settings(index=Path(folder)))

    def rank(self, question: str) -> list[str]:
        """Answer, with quotations; return what was ranked."""
        return [paragraph.id for paragraph in self._assistant.reply(question).ranking]

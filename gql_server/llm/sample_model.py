"""The sample model as a language model: it streams like one, costs nothing, and says of all it writes what it is."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

from gql_server.llm.exchange import Answer, OnText, ProviderError, Question, estimated_usage
from gql_server.llm.sample import SampleError, sample_deltas, sample_output

STREAM_SECONDS = 2
"""About what an answer of any length takes at the most."""
WORDS_A_PIECE = 3


@dataclass(frozen=True)
class SampleModel:
    """Answers a question that is asked again, after an answer was rejected, with another sample."""

    delay_seconds: float = 0.02
    """Between two pieces of text."""

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        try:
            text = await asyncio.to_thread(_text, question)
        except SampleError as error:
            where = f" (at {error.pointer})" if error.pointer else ""
            raise ProviderError(f"The sample model cannot answer{where}: {error.message}") from error
        for piece in self._pieces(text):
            await on_text(piece)
            await asyncio.sleep(self.delay_seconds)
        return Answer(text, estimated_usage(question, text))

    def _pieces(self, text: str) -> Iterator[str]:
        words = list(sample_deltas(text))
        size = max(WORDS_A_PIECE, round(len(words) * self.delay_seconds / STREAM_SECONDS))
        for start in range(0, len(words), size):
            yield "".join(words[start : start + size])


def _text(question: Question) -> str:
    seed = f"{question.prompt}\n{len(question.rejected)}" if question.rejected else question.prompt
    output = sample_output(question.structure, seed=seed, variables=question.variables, terms=question.terms)
    if question.structure is None:
        return f"{output['title']}\n\n{output['body']}"
    return json.dumps(output, ensure_ascii=False)

"""What the two users of the development server start with: Alice has documents, Bob none."""

from ottavino import Identity, session
from ottavino.query import insert, select
from tests.ottavino.house.db.tables import Document

DOCUMENTS = {
    "ottavino.txt": "The ottavino is a small flute, an octave above the concert flute.",
    "shopping list.txt": "Reeds are for oboes. Buy bread.",
}


async def demo(alice: Identity, bob: Identity) -> None:  # he has none
    """Give Alice her documents, unless she has some."""
    async with session(alice, name="demo"):
        if await select(Document.id).first() is not None:
            return
        await insert(
            *(
                Document(
                    filename=filename,
                    file_type="text/plain",
                    file_size=len(content),
                    content=content,
                )
                for filename, content in DOCUMENTS.items()
            )
        )

"""Two users to see row level security with: Alice has documents, Bob has none."""

from db.tables import Document
from ottavino.dev.tokens import lifetime, sign, sign_up
from ottavino.identity import Identity
from ottavino.postgres.session import session
from ottavino.query import insert, select

DOCUMENTS = {
    "ottavino.txt": "The ottavino is a small flute, an octave above the concert flute.",
    "shopping list.txt": "Reeds are for oboes. Buy bread.",
}


async def demo_tokens() -> dict[str, str]:
    """A token for each of the two users, by name; what is missing of them is made."""
    alice = await sign_up("alice@example.com", "Alice")
    bob = await sign_up("bob@example.com", "Bob")
    await _give_documents(alice)
    return {"ALICE": sign(alice, lifetime("7d")), "BOB": sign(bob, lifetime("7d"))}


async def _give_documents(owner: Identity) -> None:
    async with session(owner, name="demo"):
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

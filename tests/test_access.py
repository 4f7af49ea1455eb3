"""Who may do what with each table: the whole of it, to be read at a glance.

`ottavino.testing.AccessTests` says what the words mean, and tries every cell.
"""

from ottavino.testing import AccessTests

TABLES = {
    "user_profiles": """
                                       owner   stranger  nobody   anonymous  service
        select                         yes     none      none     denied     yes
        update full_name               yes     none      none     denied     yes
        insert *                       denied  denied    denied   denied     yes
        update *                       denied  denied    denied   denied     yes
        delete                         denied  denied    denied   denied     yes
    """,
    "documents": """
                                       owner   stranger  nobody   anonymous  service
        select                         yes     none      none     denied     yes
        insert user_id, filename       yes     refused   refused  denied     yes
        insert content                 yes     refused   refused  denied     yes
        insert file_type, file_size    yes     refused   refused  denied     yes
        insert *                       denied  denied    denied   denied     yes
        update filename                yes     none      none     denied     yes
        update *                       denied  denied    denied   denied     yes
        delete                         yes     none      none     denied     yes
    """,
    "document_chunks": """
                                       owner   stranger  nobody   anonymous  service
        select                         yes     none      none     denied     yes
        insert *                       denied  denied    denied   denied     yes
        update *                       denied  denied    denied   denied     yes
        delete                         denied  denied    denied   denied     yes
    """,
    "agent_sessions": """
                                       owner   stranger  nobody   anonymous  service
        select                         yes     none      none     denied     yes
        insert user_id, request_chain  yes     refused   refused  denied     yes
        insert context_state           yes     refused   refused  denied     yes
        insert *                       denied  denied    denied   denied     yes
        update request_chain           yes     none      none     denied     yes
        update context_state           yes     none      none     denied     yes
        update *                       denied  denied    denied   denied     yes
        delete                         yes     none      none     denied     yes
    """,
    "agent_requests": """
                                       owner   stranger  nobody   anonymous  service
        select                         yes     none      none     denied     yes
        insert user_id, session_id     yes     refused   refused  denied     yes
        insert request_type, content   yes     refused   refused  denied     yes
        insert *                       denied  denied    denied   denied     yes
        update status                  yes     none      none     denied     yes
        update *                       denied  denied    denied   denied     yes
        delete                         denied  denied    denied   denied     yes
    """,
    "usage_events": """
                                       owner   stranger  nobody   anonymous  service
        select                         yes     none      none     denied     yes
        insert *                       denied  denied    denied   denied     yes
        update *                       denied  denied    denied   denied     yes
        delete                         denied  denied    denied   denied     yes
    """,
}
VALUES = {
    "agent_requests.status": "'cancelled'",
    "request_type": "'chat'",
}


class TestAccess(AccessTests):
    """Users reach their own rows, and no other user does."""

    tables = TABLES
    values = VALUES

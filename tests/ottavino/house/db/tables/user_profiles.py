"""What is known of a user besides the login."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ottavino import (
    Col,
    DatabaseFunction,
    Grant,
    Index,
    NoStatistics,
    Policy,
    Role,
    Table,
    Trigger,
    choice,
    created_at,
    integer,
    primary_key,
    text,
    updated_at,
)


class PlanType(StrEnum):
    """What a user pays for."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class SubscriptionStatus(StrEnum):
    """Whether what is paid for is in force."""

    INACTIVE = "inactive"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"


CREATE_PROFILE = DatabaseFunction(
    name="create_user_profile",
    returns="trigger",
    security_definer=True,
    accepted=dict.fromkeys(
        ("SEC014", "SEC015"),
        "Sign-up calls it, for the profile of the user who signs up, and no role may.",
    ),
    body="""
        begin
            insert into public.user_profiles (id, full_name)
            values (
                new.id,
                left(
                    trim(coalesce(
                        new.raw_user_meta_data ->> 'full_name',
                        -- Some providers of logins call it so.
                        new.raw_user_meta_data ->> 'name',
                        ''
                    )),
                    200
                )
            )
            on conflict (id) do nothing;
            return new;
        exception when others then
            -- A sign-up is worth more than its profile.
            raise warning 'No profile was made for user %: %', new.id, sqlerrm;
            return new;
        end
    """,
)


class UserProfile(Table, tablename="user_profiles"):
    """One per user, made at sign-up. A user may read it, and change the name in it."""

    id: Col[UUID] = primary_key(owner=True)
    full_name: Col[str] = text(max_length=200, default="")
    plan_type: Col[PlanType] = choice(PlanType, default=PlanType.FREE)
    usage_count: Col[int] = integer(minimum=0, default=0)
    subscription_status: Col[SubscriptionStatus] = choice(
        SubscriptionStatus, default=SubscriptionStatus.INACTIVE
    )
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    database_objects = (
        Policy.owner(id, "select"),
        Policy.owner(id, "update"),
        Grant(to=Role.AUTHENTICATED, select=True, update=(full_name,)),
        Grant.everything(to=Role.SERVICE_ROLE),
        Index(subscription_status),
        Index(created_at),
        NoStatistics(full_name),
        Trigger(
            name="create_user_profile",
            function=CREATE_PROFILE,
            when="after",
            event="insert",
            on="auth.users",
        ),
    )

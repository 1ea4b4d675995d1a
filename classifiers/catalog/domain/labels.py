"""Domain of use (I19, A19): what area of life or work a tool call serves, by study A's list.

The labels' one home.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

Domain = Literal[
    "software_engineering",
    "back_office",
    "marketing",
    "sales_crm",
    "finance",
    "data_analysis",
    "academic_research",
    "cybersecurity",
    "customer_service",
    "gaming",
    "document_editing",
    "education",
    "e_commerce",
    "medicine",
    "legal",
    "travel",
    "other",
    "not_inferable",
]

MEANINGS: dict[Domain, str] = {
    "software_engineering": "building, testing, running or maintaining software and its infrastructure.",
    "back_office": "internal administration: schedules, forms, files, personnel, procurement, e-mail "
    "housekeeping.",
    "marketing": "content, campaigns, advertising, social media, search ranking.",
    "sales_crm": "leads, outreach, offers, customer records.",
    "finance": "accounting, payments, trading, tax, insurance, investment.",
    "data_analysis": "analysing data, reports, dashboards, business intelligence.",
    "academic_research": "scientific literature, experiments, simulation for science.",
    "cybersecurity": "finding, exploiting, defending or monitoring weaknesses of systems.",
    "customer_service": "answering and handling the requests of an organisation's customers.",
    "gaming": "playing, making or running games.",
    "document_editing": "writing, converting or laying out documents and slides as such.",
    "education": "teaching, courses, tutoring, exercises.",
    "e_commerce": "shops: catalogue, prices, orders, stock, returns.",
    "medicine": "patients, clinical work, medical records, health.",
    "legal": "contracts, law, compliance, court matters.",
    "travel": "trips, bookings, routes, stays.",
    "other": "an area that none of these names.",
    "not_inferable": "the records do not show what the call is for.",
}


class DomainAnswer(Answer):
    """What the action serves, by study A's list."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself, and at most two records before it that decide."
    )
    domain: Domain = Field(description=with_meanings("The area that the call serves.", MEANINGS))

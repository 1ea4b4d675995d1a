"""The 23 major groups of the Standard Occupational Classification (2018): names, codes and meanings, once.

Both occupation questions (the person's, the work's) use these groups. Not here: what either question asks,
and its own opt-out.
"""

from typing import Literal

OccupationGroup = Literal[
    "management",
    "business_and_financial",
    "computer_and_mathematical",
    "architecture_and_engineering",
    "life_physical_and_social_science",
    "community_and_social_service",
    "legal",
    "education_and_library",
    "arts_design_and_media",
    "healthcare_practitioners",
    "healthcare_support",
    "protective_service",
    "food_preparation_and_serving",
    "building_and_grounds_maintenance",
    "personal_care_and_service",
    "sales",
    "office_and_administrative_support",
    "farming_fishing_and_forestry",
    "construction_and_extraction",
    "installation_maintenance_and_repair",
    "production",
    "transportation_and_material_moving",
    "military",
]

SOC_CODES: dict[str, str] = {
    "management": "11-0000",
    "business_and_financial": "13-0000",
    "computer_and_mathematical": "15-0000",
    "architecture_and_engineering": "17-0000",
    "life_physical_and_social_science": "19-0000",
    "community_and_social_service": "21-0000",
    "legal": "23-0000",
    "education_and_library": "25-0000",
    "arts_design_and_media": "27-0000",
    "healthcare_practitioners": "29-0000",
    "healthcare_support": "31-0000",
    "protective_service": "33-0000",
    "food_preparation_and_serving": "35-0000",
    "building_and_grounds_maintenance": "37-0000",
    "personal_care_and_service": "39-0000",
    "sales": "41-0000",
    "office_and_administrative_support": "43-0000",
    "farming_fishing_and_forestry": "45-0000",
    "construction_and_extraction": "47-0000",
    "installation_maintenance_and_repair": "49-0000",
    "production": "51-0000",
    "transportation_and_material_moving": "53-0000",
    "military": "55-0000",
}

OCCUPATION_MEANINGS: dict[str, str] = {
    "management": "runs an organisation, a department, a product or a team: goals, people, budgets.",
    "business_and_financial": "accounting, audit, budgets, investment, human resources, procurement, "
    "market research, project and operations analysis.",
    "computer_and_mathematical": "software, systems, networks, databases, security, data science, "
    "statistics, mathematics.",
    "architecture_and_engineering": "buildings, land, machines, circuits, materials or processes are "
    "designed, measured or drawn; not software.",
    "life_physical_and_social_science": "research in biology, chemistry, physics, earth, environment, "
    "psychology, economics, history and the like.",
    "community_and_social_service": "counselling, social work, probation, community health, clergy.",
    "legal": "lawyers, judges, paralegals, legal drafting and research.",
    "education_and_library": "teaching at any level, course material, tutoring, libraries, museums.",
    "arts_design_and_media": "design, writing, editing, translation, journalism, public relations, "
    "photography, film, music, performance, sport.",
    "healthcare_practitioners": "diagnosis, treatment and technical clinical work: physicians, nurses, "
    "pharmacists, therapists, laboratory and imaging staff.",
    "healthcare_support": "aides and assistants in care, therapy, dentistry, medical offices; transcription.",
    "protective_service": "police, fire, corrections, guards, lifeguards; physical safety of people.",
    "food_preparation_and_serving": "cooking and serving food and drink.",
    "building_and_grounds_maintenance": "cleaning, pest control, landscaping, grounds keeping.",
    "personal_care_and_service": "hair and beauty, child care, fitness, funerals, animals, guiding.",
    "sales": "selling goods, services, insurance, advertising, real estate; account work and cashiers.",
    "office_and_administrative_support": "secretaries, clerks, data entry, scheduling, customer service, "
    "bookkeeping entries, mail, dispatch.",
    "farming_fishing_and_forestry": "growing, breeding, harvesting, fishing, logging.",
    "construction_and_extraction": "building trades, site work, drilling, mining.",
    "installation_maintenance_and_repair": "keeping machines, vehicles, lines and equipment working.",
    "production": "making and assembling goods, running plants and machines, printing.",
    "transportation_and_material_moving": "driving, flying, sailing, rail, warehouses, moving goods.",
    "military": "work that only armed forces do.",
}

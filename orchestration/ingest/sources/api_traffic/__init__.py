"""Logs of API traffic: requests to a model with their answers, JSON Lines of a gateway.

docs/api-traffic.md says what a line holds; ADR 0048 why a request is a unit of its own.
"""

from functools import lru_cache, partial
from hashlib import blake2b

from orchestration.ingest.sources.api_traffic.field_names import mappings
from orchestration.ingest.sources.api_traffic.ownership import owns
from orchestration.ingest.sources.api_traffic.parse import AGENT, count_objects, parse_session
from orchestration.ingest.sources.api_traffic.scan import scan_file, signs_in
from orchestration.ingest.sources.source import Source, SourceOptions

VERSION = "2"


@lru_cache(maxsize=8)
def with_options(options: SourceOptions) -> Source:
    """The source with an operator's options. Raises ValueError where the mapping file cannot be used."""
    mappings(options.field_names)
    told = repr((options.key, options.field_names, options.links_requests)).encode()
    return Source(
        name="api_traffic",
        agent=AGENT,
        version=f"{VERSION}+{blake2b(told, digest_size=6).hexdigest()}" if options != NO_OPTIONS else VERSION,
        suffixes=frozenset({".jsonl"}),
        usual_places=(),
        owns=partial(owns, options=options),
        scan=partial(scan_file, options=options),
        parse=parse_session,
        count=count_objects,
        signs=partial(signs_in, options=options),
        with_options=with_options,
        has_shared_files=True,
        is_cleaned_up=False,
    )


NO_OPTIONS = SourceOptions()
API_TRAFFIC = with_options(NO_OPTIONS)

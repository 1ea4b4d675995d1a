"""The tokens of vendors that are known by how they begin: one row per kind, one place to add another.

Belongs here: prefixes, the signs that follow them, and how many of those are enough. Does not belong here:
what needs an expression (secret_shapes.py) or a name (secret_assignments.py), or has neither
(random_tokens.py).
A prefix with a part of the token is enough, because text is cut to head and tail. A prefix that is also the
beginning of words has a second look: what follows must look drawn, or hexadecimal.
"""

import base64
import re
from collections.abc import Callable

from orchestration.ingest.redaction.random_look import is_drawn, is_drawn_of_three
from orchestration.ingest.redaction.secret_rule import (
    ALNUM,
    ANY_HEX,
    BASE64,
    DOTTED,
    HEX,
    LOWER,
    TOKENS,
    UPPER,
    WORD,
    TokenRule,
    tokens,
)

_BLOCK = f"{ALNUM}+/="
"""Signs of plain base64."""


def _counting(*lengths: int) -> Callable[[str], bool]:
    """The whole body has one of these lengths: for a prefix that is too short to be enough."""
    return lambda body: len(body) in lengths


def _drawn(*lengths: int) -> Callable[[str], bool]:
    """One of these lengths, and drawn by chance: for a prefix that opens words as well."""
    return lambda body: len(body) in lengths and is_drawn(body)


def _drawn_from(shortest: int) -> Callable[[str], bool]:
    """So many signs at least, and drawn by chance."""
    return lambda body: len(body) >= shortest and is_drawn(body)


_OPENAI = re.compile(rf"[{ALNUM}]{{20}}|.{{0,100}}T3BlbkFJ")


def _is_openai(body: str) -> bool:
    """`sk-` and a run of letters and digits: not `sk-` of a style sheet (`sk-fading-circle-delay`)."""
    return _OPENAI.match(body) is not None or (len(body) >= 32 and is_drawn_of_three(body))


def _is_private_pem(body: str) -> bool:
    """Whether base64 of PEM holds a private key, not a certificate: its first line says which."""
    line = base64.b64decode(("LS0tLS1CRUdJTi" + body)[:64] + "====", validate=False)
    return b"PRIVATE" in line


def _has_digit(body: str) -> bool:
    return any(map(str.isdigit, body))


_CODE_HOSTS = [
    *tokens("github_token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", WORD, 16),
    *tokens(
        "gitlab_token",
        "glpat- gldt- glft- glsoat- glrt- glrtr- glcbt- glimt- glptt- glagent- glffct- glwt- gloas-",
        f"{TOKENS}.",
        16,
    ),
    *tokens("gitlab_token", "GR1348941", TOKENS, 16),
    *tokens("atlassian_token", "ATAT ATCT ATBB ATOA ATTA", "A-Za-z0-9_=-", 24, _has_digit),
    *tokens("bitbucket_token", "BBDC-", _BLOCK, 24),
    *tokens("gitea_token", "gta_", HEX, 32),
    *tokens("sourcegraph_token", "sgp_", f"{ANY_HEX}_local", 40, lambda body: len(body) != 64),
    *tokens("sourcegraph_token", "sgph_ sgd_ slk_ sgs_", f"{WORD}-", 32, _drawn_from(32)),
]

_PACKAGE_REGISTRIES = [
    *tokens("npm_token", "npm_", ALNUM, 24),
    *tokens("pypi_token", "pypi-", TOKENS, 40),
    *tokens("rubygems_key", "rubygems_", HEX, 24),
    *tokens("crates_token", "cio", ALNUM, 32, _drawn(32)),
    *tokens("nuget_key", "oy2", LOWER, 43, _drawn(43)),
    *tokens("clojars_token", "CLOJARS_", LOWER, 32),
    *tokens("docker_token", "dckr_pat_ dckr_oat_", TOKENS, 16),
    *tokens("docker_token", "SWMTKN-1- SWMKEY-1-", f"{BASE64}", 24),
    *tokens("artifactory_token", "AKCp", ALNUM, 24),
    *tokens("artifactory_token", "cmVmd", ALNUM, 40),
    *tokens("cloudsmith_key", "csa_", ALNUM, 30),
    *tokens("jsr_token", "jsrp_ jsrd_", ALNUM, 24),
]

_CLOUDS = [
    *tokens("google_api_key", "AIza", TOKENS, 24),
    *tokens("google_api_key", "AQ.Ab", TOKENS, 24),
    *tokens("google_oauth_token", "ya29. GOCSPX-", TOKENS, 16),
    *tokens("google_oauth_token", "1//0", TOKENS, 24),
    *tokens("google_hmac_key", "GOOG1 GOOG", UPPER, 20, _has_digit),
    *tokens("digitalocean_token", "dop_v1_ doo_v1_ dor_v1_", HEX, 24),
    *tokens("heroku_key", "HRKU-", TOKENS, 16),
    *tokens("aws_bedrock_key", "ABSK", _BLOCK, 60),
    *tokens("aws_bedrock_key", "bedrock-api-key-", _BLOCK, 16),
    *tokens("alibaba_key", "LTAI", ALNUM, 12, _drawn_from(12)),
    *tokens("alibaba_key", "STS.", ALNUM, 16, _drawn_from(16)),
    *tokens("alibaba_key", "CAIS", BASE64, 40, _has_digit),
    *tokens("cloudflare_token", "cfut_ cfat_ cfk_ v1.0-", TOKENS, 24, _has_digit),
    *tokens("fly_token", "fm1_ fm2_ fo1_", BASE64, 24),
    *tokens("yandex_token", "AQVN YCA YCM YCN", TOKENS, 35, _drawn_from(35)),
    *tokens("yandex_token", "t1.", DOTTED, 60, _has_digit),
    *tokens("exoscale_key", "EXO", ALNUM, 24, _drawn_from(24)),
    *tokens("upcloud_token", "ucat_", ALNUM, 20),
    *tokens("render_key", "rnd_", ALNUM, 24, _drawn_from(24)),
    *tokens("netlify_token", "nfp_ nfc_ nfo_ nfb_ nfu_", ALNUM, 24),
    *tokens("vercel_token", "vcp_ vci_ vca_ vcr_ vck_", TOKENS, 24),
    *tokens("scaleway_key", "SCW", UPPER, 17, _has_digit),
    *tokens("scalingo_token", "tk-us-", TOKENS, 24),
    *tokens("deno_token", "ddp_ ddo_ ddw_", ALNUM, 24),
    *tokens("openshift_token", "sha256~", TOKENS, 24),
]

_INFRASTRUCTURE = [
    *tokens("vault_token", "hvs. hvb. hvr.", TOKENS, 20),
    *tokens("doppler_token", "dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit.", f"{TOKENS}.", 24),
    *tokens("databricks_token", "dapi dkea dose dsapi", f"{HEX}-", 24, _has_digit),
    *tokens("pulumi_token", "pul-", HEX, 32),
    *tokens("tailscale_key", "tskey-", TOKENS, 16, _has_digit),
    *tokens("onepassword_token", "ops_eyJ", BASE64, 24),
    *tokens("infracost_key", "ico-", ALNUM, 32, _drawn_from(32)),
    *tokens("octopus_key", "API-", UPPER, 25, _drawn_from(25)),
    *tokens("buildkite_token", "bkaa_ bkaj_ bkar_ bkct_ bkpt_ bkpat_ bkps_ bkua_", TOKENS, 24),
    *tokens("circleci_token", "CCIPAT_ CCIPRJ_", WORD, 24),
    *tokens("prefect_key", "pnu_ pnb_", ALNUM, 24),
    *tokens("defined_networking_token", "dnkey-", BASE64, 24),
    *tokens("settlemint_token", "sm_aat_ sm_pat_ sm_sat_", ALNUM, 16, _has_digit),
    *tokens("mergify_key", "mergify_application_key_", TOKENS, 24),
    *tokens("cockroach_key", "CCDB1_", WORD, 24),
    *tokens("planetscale_token", "pscale_tkn_ pscale_pw_ pscale_oauth_", DOTTED, 16),
    *tokens("neon_key", "napi_", ALNUM, 40),
    *tokens("mongodb_secret", "mdb_sa_sk_", TOKENS, 24),
    *tokens("supabase_token", "sbp_ sb_secret_", TOKENS, 20),
    *tokens("datastax_token", "AstraCS:", f"{BASE64}:", 20),
    *tokens("clickhouse_key", "4b1d", ALNUM, 38, _drawn(38)),
    *tokens("elastic_key", "essu_", BASE64, 32),
    *tokens("pinecone_key", "pcsk_", WORD, 32),
    *tokens("authress_key", "sc_ ext_ scauth_ authress_", f"{TOKENS}.+/=", 40, lambda body: ".acc" in body),
    *tokens("workos_key", "sk_live_a2V5Xz sk_test_a2V5Xz", _BLOCK, 12),
]

_MODELS = [
    *tokens("anthropic_key", "sk-ant-", TOKENS, 12),
    *tokens("openai_key", "sk-proj- sk-svcacct- sk-admin- sk-None-", TOKENS, 16),
    *tokens("openrouter_key", "sk-or-v1-", TOKENS, 16),
    *tokens("langfuse_key", "sk-lf- pk-lf-", f"{HEX}-", 24, _has_digit),
    *tokens("minimax_key", "sk-api-", TOKENS, 40, _has_digit),
    *tokens("openai_key", "sk-", TOKENS, 20, _is_openai),
    *tokens("model_vendor_key", "gsk_ xai- pplx- r8_ tvly- lsv2_pt_ lsv2_sk_", f"{WORD}-", 20),
    *tokens("model_vendor_key", "nvapi- tgp_v1_ wandb_v1_ csk- llx- sk_car_ fw_", TOKENS, 20, _has_digit),
    *tokens(
        "model_vendor_key",
        "jina_ e2b_ cal_live_ bb_live_ m0- pa- al- db- fc-",
        TOKENS,
        22,
        _drawn_from(22),
    ),
    *tokens("model_vendor_key", "rpa_", ALNUM, 40, _has_digit),
    *tokens("hugging_face_token", "hf_ api_org_", ALNUM, 24),
    *tokens("brave_key", "BSA", TOKENS, 24, _drawn_from(24)),
    *tokens("apify_token", "apify_api_ apify_proxy_", ALNUM, 20),
    *tokens("devin_key", "apk_user_ apk_", _BLOCK, 60),
    *tokens("devin_key", "cog_", "a-z2-7", 40),
    *tokens("elevenlabs_key", "sk_", HEX, 40),
    *tokens("cursor_key", "key_", HEX, 28, _drawn_from(28)),
    *tokens("rainforest_key", "apikey_", HEX, 40),
    *tokens("unkey_key", "unkey_", ALNUM, 20, _has_digit),
]

_PAYMENTS = [
    *tokens(
        "stripe_key",
        "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ pk_live_ pk_test_ whsec_",
        ALNUM,
        12,
    ),
    *tokens("payment_key", "ak_live_ ak_test_ api_live_ api_test_", ALNUM, 16, _has_digit),
    *tokens("square_token", "sq0csp- sq0atp- sq0idp-", TOKENS, 16),
    *tokens("square_token", "EAAA", TOKENS, 40, _has_digit),
    *tokens("shopify_token", "shpat_ shpca_ shppa_ shpss_ shptka_ shpua_ shpit_", ANY_HEX, 24),
    *tokens("flutterwave_key", "FLWSECK- FLWSECK_TEST- FLWPUBK- FLWPUBK_TEST-", "A-Za-z0-9-", 12, _has_digit),
    *tokens("razorpay_key", "rzp_live_ rzp_test_", ALNUM, 12),
    *tokens("paddle_key", "pdl_live_ pdl_sdbx_", WORD, 24),
    *tokens("easypost_key", "EZAK EZTK", ALNUM, 40),
    *tokens("xendit_key", "xnd_production_ xnd_development_", ALNUM, 24),
    *tokens("midtrans_key", "Mid-server- Mid-client- SB-Mid-server- SB-Mid-client-", TOKENS, 10),
    *tokens("mercury_token", "mercury_production_ mercury_sandbox_", WORD, 24),
    *tokens("persona_key", "persona_production_ persona_sandbox_", TOKENS, 20),
    *tokens("plaid_token", "access-production- access-development- access-sandbox-", f"{HEX}-", 24),
    *tokens("ramp_secret", "ramp_sec_ ramp_id_", ALNUM, 24),
    *tokens("asaas_token", "$aact_prod_ $aact_hmlg_ $aact_", BASE64, 20),
    *tokens("shippo_token", "shippo_live_ shippo_test_", ANY_HEX, 24),
    *tokens("duffel_token", "duffel_test_ duffel_live_", BASE64, 24),
    *tokens("polar_token", "polar_at_ polar_oat_ polar_pat_ polar_whs_", TOKENS, 20),
    *tokens("woocommerce_secret", "cs_ ck_", HEX, 36),
    *tokens("lob_key", "live_pub_ test_pub_ live_ test_", ANY_HEX, 28, _drawn_from(28)),
    *tokens("gocardless_token", "live_ sandbox_", BASE64, 36, _drawn_from(36)),
    *tokens("checkout_key", "sk_ sk_sbox_", f"{HEX}-", 32, _drawn_from(32)),
    *tokens("clickup_token", "pk_", f"0-9A-Z_{LOWER}", 34, _drawn_from(34)),
    *tokens("jwt", "ZXlK", _BLOCK, 60, _has_digit),
    *tokens("wallet_key", "xprv yprv zprv", ALNUM, 60),
]

_MESSAGES = [
    *tokens("slack_token", "xoxe.", "A-Za-z0-9.%-", 16),
    *tokens("slack_token", "xoxa- xoxb- xoxc- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-", "A-Za-z0-9%-", 10),
    *tokens("slack_token", "xoxd-", "A-Za-z0-9%/+=-", 10),
    *tokens("sendgrid_key", "SG.", "A-Za-z0-9_.-", 32),
    *tokens("brevo_key", "xkeysib- xsmtpsib-", TOKENS, 24),
    *tokens("mailersend_token", "mlsn.", ALNUM, 24),
    *tokens("mailgun_key", "pubkey-", HEX, 32),
    *tokens("resend_key", "re_", WORD, 30, _drawn_from(30)),
    *tokens("onesignal_key", "os_v2_app_ os_v2_org_", LOWER, 24),
    *tokens("facebook_token", "EAAM EAAC EAAG EAAB EAAD", ALNUM, 60, _has_digit),
    *tokens("pinterest_token", "pina_", TOKENS, 24, _drawn_from(24)),
    *tokens("notify_key", "gcntfy-", TOKENS, 40),
    *tokens("nylas_key", "nyk_ nyk_v0_", ALNUM, 40),
    *tokens("twitch_token", "oauth:", LOWER, 30, _drawn(30)),
    *tokens(
        "onfido_token",
        "api_live. api_live_us. api_live_ca. api_live_eu. api_sandbox.",
        TOKENS,
        20,
        _has_digit,
    ),
]

_OTHER_TOOLS = [
    *tokens("linear_key", "lin_api_ lin_oauth_ lin_wh_", ALNUM, 16),
    *tokens("notion_token", "ntn_", ALNUM, 24),
    *tokens("notion_token", "secret_", ALNUM, 40),
    *tokens("grafana_token", "glsa_ glc_", BASE64, 24),
    *tokens("grafana_token", "eyJrIjoi", _BLOCK, 24),
    *tokens("sentry_token", "sntrys_ sntryu_ sntrya_ sntryi_", BASE64, 24),
    *tokens("new_relic_key", "NRAK- NRII- NRJS- NRRA- NRIQ- NRSP-", TOKENS, 16, _has_digit),
    *tokens("dynatrace_token", "dt0c01. dt0s01. dt0s02. dt0s03. dt0s06. dt0s08. dt0s16.", f"{ALNUM}.", 24),
    *tokens("honeycomb_key", "hcaik_ hcbik_ hcalk_ hcamk_", LOWER, 24),
    *tokens("rootly_key", "rootly_", HEX, 40),
    *tokens("samsara_token", "samsara_api_", ALNUM, 20),
    *tokens("posthog_key", "phx_ phc_ phs_ phr_ phe_ pha_", TOKENS, 32),
    *tokens("figma_token", "figd_ figu_ figo_", TOKENS, 20),
    *tokens("postman_key", "PMAK- PMAT-", TOKENS, 24),
    *tokens("adobe_secret", "p8e- p8-", TOKENS, 24, _drawn_from(24)),
    *tokens("aikido_token", "AIK_CI_ AIK_SECRET_ AIK_CLIENT_", ALNUM, 16),
    *tokens("canva_secret", "cnvca", TOKENS, 40),
    *tokens("contentful_token", "CFPAT- CFPAT_", TOKENS, 24),
    *tokens("configcat_key", "configcat-sdk-1/ configcat-proxy/", f"{TOKENS}/", 24),
    *tokens("devcycle_key", "dvc_client_ dvc_mobile_ dvc_server_", WORD, 8, _has_digit),
    *tokens("dropbox_token", "sl.", TOKENS, 100),
    *tokens("frameio_token", "fio-u-", BASE64, 24),
    *tokens("hubspot_token", "pat-na1- pat-na2- pat-na3- pat-eu1- pat-ap1-", f"{ANY_HEX}-", 24),
    *tokens("intra42_secret", "s-s4t2ud- s-s4t2af-", HEX, 24),
    *tokens("lichess_token", "lip_", WORD, 16, _drawn_from(16)),
    *tokens("mapbox_token", "sk.eyJ tk.eyJ pk.eyJ pk. sk. tk.", f"{TOKENS}.", 40, _drawn_from(40)),
    *tokens("miro_token", "eyJtaXJv", TOKENS, 20),
    *tokens("proof_key", "prf_cli_ prf_", TOKENS, 20, _drawn_from(20)),
    *tokens("readme_key", "rdme_", LOWER, 24),
    *tokens("redirect_token", "rpa_", ALNUM, 24, _drawn_from(24)),
    *tokens("segment_token", "sgp_", ALNUM, 40),
    *tokens("snyk_token", "snyk_uat. snyk_sat.", DOTTED, 24),
    *tokens("sonar_token", "squ_ sqp_ sqa_", LOWER, 32),
    *tokens("voiceflow_key", "VF.DM. VF.WS.", f"{ALNUM}.", 24, _has_digit),
    *tokens("ubidots_token", "BBFF- BBUS-", ALNUM, 24, _has_digit),
    *tokens("stytch_secret", "secret-live- secret-test-", BASE64, 24),
    *tokens("thunderstore_token", "tss_", TOKENS, 20, _drawn_from(20)),
    *tokens("typeform_token", "tfp_", f"{BASE64}.", 32),
    *tokens("val_town_token", "vtwn_", TOKENS, 20),
    *tokens("wakatime_key", "waka_", f"{LOWER}A-Z-", 32),
    *tokens("zuplo_key", "zpka_", WORD, 24),
    *tokens("private_key", "LS0tLS1CRUdJTi", _BLOCK, 50, _is_private_pem),
    *tokens("age_key", "AGE-SECRET-KEY-", UPPER, 24),
]

TOKEN_RULES: tuple[TokenRule, ...] = (
    *_CODE_HOSTS,
    *_PACKAGE_REGISTRIES,
    *_CLOUDS,
    *_INFRASTRUCTURE,
    *_MODELS,
    *_PAYMENTS,
    *_MESSAGES,
    *_OTHER_TOOLS,
)
"""Where two rules find a token at one place, the one that stands first in this table names its kind."""

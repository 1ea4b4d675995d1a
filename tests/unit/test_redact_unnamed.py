"""Secrets that no rule names: by a telling name, flag, header or command, by their look; and look-alikes.

The look-alikes are the price list of a wrong rule: every one of them stands in transcripts by the thousand.
"""

from collections import Counter

import pytest

from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.planted_secrets import A40, HEX32, HEX40, HEX64, glue
from tests.secret_kinds.templates import example_of

WENT_THROUGH = {
    # Six kinds that an earlier table missed, three made-up ones each.
    "databricks": ("dapi<hex*32>", "dapi<hex*32>-3", "dkea<hex*32>"),
    "discord": (
        "M<alnum*23>.<alnum*6>.<url*27>", "N<alnum*25>.<alnum*6>.<url*38>", "O<alnum*23>.G<alnum*5>.<url*38>",
    ),
    "django": ("<django*50>", "django-insecure-<django*50>", "django-insecure-<alnum*40>"),
    "doppler": ("dp.pt.<alnum*43>", "dp.st.prd.<alnum*40>", "dp.ct.<alnum*43>"),
    "terraform": ("<alnum*14>.atlasv1.<alnum*67>", "<low*14>.atlasv1.<url*60>", "<low*14>.atlasv1.<low*30>"),
}  # fmt: skip
PLACES = (
    "{}",
    "found {} in it",
    '"{}"',
    "x={}",
    "  - {}\n",
    "first\\n{}\\nlast",
    "({})",
    "\x1b[32m{}\x1b[0m",
)


@pytest.mark.parametrize("vendor", WENT_THROUGH)
def test_kind_that_went_through_is_hidden_bare(vendor: str) -> None:
    for template in WENT_THROUGH[vendor]:
        for seed in "abc":
            secret = example_of(template, seed=seed)
            for place in PLACES:
                counts: Counter[str] = Counter()
                answer = Redactor().redact(place.format(secret), counts)
                assert secret[-16:] not in answer, (template, place, answer)
                assert sum(counts.values()) == 1, (template, place, answer)


COMMANDS = (
    "docker login -u shop -p {} registry.local",
    "docker login registry.local --username shop -p '{}'",
    "docker login -p={} -u shop",
    "podman login -u shop -p {} quay.io",
    "helm registry login -u shop -p {} registry.local",
    "az login --service-principal -u app -p {} --tenant t",
    "oc login https://api.local:6443 -u kube -p {}",
    "cf login -a https://api.local -u me -p {}",
    "mongosh -u root -p {} --host db",
    "mongodump -u root -p {}",
    "cqlsh -u cassandra -p {} db",
    "twine upload -u me -p {} dist/x.whl",
    "sshpass -p '{}' ssh h",
    "mysql -u root -p{} shop",
    "mariadb-dump -u root -p{} shop",
    "redis-cli -h cache -a {} ping",
    "sqlcmd -S db -U sa -P {}",
    "ldapsearch -x -D cn=admin -w {} uid=me",
    "plink -ssh me@h -pw {}",
    "unzip -P {} a.zip",
    "7z x -p{} a.7z",
    "htpasswd -bc .htpasswd me {}",
    "smbclient //h/share -U me%{}",
    "net user me {} /add",
    "openssl rsa -in k.pem -passin pass:{}",
    "keytool -list -storepass {}",
    "curl -u me:{} https://h",
    "curl --user me:{} https://h",
    "echo '{}' | docker login -u shop --password-stdin",
    "echo {} | sudo -S apt-get update",
    "CREATE USER me IDENTIFIED BY '{}'",
    "ALTER ROLE me WITH PASSWORD '{}'",
    'ConvertTo-SecureString "{}" -AsPlainText -Force',
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("password", ["tiger9Hunter2", "cOrrect-4horse", "Zx81!keyboard"])
def test_password_that_a_command_is_given_is_hidden_and_the_command_stays(
    command: str, password: str
) -> None:
    counts: Counter[str] = Counter()
    answer = Redactor().redact(command.format(password), counts)
    assert answer == command.format("[redacted:command_password]")
    assert counts == {"command_password": 1}


NAMED = (
    "db_passwd: {}",
    "PGPASSWORD={}",
    "passphrase = '{}'",
    '"credentials": "{}"',
    "X-Api-Key: {}",
    "Api-Key: {}",
    "X-Auth-Token: {}",
    "PRIVATE-TOKEN: {}",
    "Ocp-Apim-Subscription-Key: {}",
    "x-functions-key: {}",
    "apikey={}",
    "--api-key {}",
    "--secret={}",
    "--auth-token {}",
    "--passphrase {}",
    "setx SHOP_TOKEN {}",
    "ENV SHOP_SECRET {}",
    "heroku config:set SHOP_TOKEN={}",
    "- name: SHOP_TOKEN\n  value: {}",
    '{{"name":"SHOP_TOKEN","value":"{}"}}',
    '{{"key": "SHOP_SECRET", "value": "{}"}}',
    "deviceKey: '{}'",
    "SHOP_LICENSE_KEY={}",
    "shop_pat = '{}'",
    "_auth={}",
    '"authkey": "{}"',
    "client_secret={}&x=1",
    "https://h/?key={}&x=1",
    "https://h/?x=1&sig={}",
    "the api key is {}",
    "token: {}",
    "my token {} works",
    '<add key="ApiToken" value="{}" />',
    "datadog = '{}'",
    "SharedAccessKey={};",
    "root:{}@tcp(db:3306)/shop",
    "db:5432:shop:app:{}",
)


@pytest.mark.parametrize("form", NAMED)
def test_value_behind_a_telling_name_is_hidden_once(form: str) -> None:
    for secret in (A40, example_of("<low*36>", seed=form), example_of("<alnum*28>", seed=form)):
        counts: Counter[str] = Counter()
        answer = Redactor().redact(form.format(secret), counts)
        assert secret[:8] not in answer, answer
        assert secret[-8:] not in answer, answer
        assert sum(counts.values()) == 1, (answer, counts)


@pytest.mark.parametrize(
    "template",
    ["<alnum*24>", "<alnum*32>", "<alnum*44>", "<url*43>", "<base64*43>=", "<base64*86>==", "<alnum*64>"],
)
def test_long_token_of_three_classes_is_hidden_whole_whatever_it_is(template: str) -> None:
    missed = 0
    for number in range(200):
        secret = example_of(template, seed=f"{template} {number}")
        for place in ("use {} now", 'x = "{}"', "?x={}&y=1"):
            answer = Redactor().redact(place.format(secret), Counter())
            missed += answer != place.format("[redacted:random_token]")
    # Chance draws a name now and then, and base64 that reads as a path.
    assert missed <= 0.05 * 600, missed


@pytest.mark.parametrize("name", ["admin", "app"])
def test_every_value_of_a_kubernetes_secret_is_hidden(name: str) -> None:
    manifest = (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\ndata:\n"
        "  hello: c3VwZXJtYW4x\n  other: 'YmF0bWFuMg=='\n"
        "---\nkind: ConfigMap\n"
    )
    counts: Counter[str] = Counter()
    answer = Redactor().redact(manifest, counts)
    assert "c3Vw" not in answer
    assert "YmF0" not in answer
    assert f"name: {name}" in answer
    assert counts == {"kubernetes_secret": 2}
    as_json = '{"kind":"Secret","data":{"hello":"c3VwZXJtYW4x"},"metadata":{"name":"' + name + '"}}'
    assert Redactor().redact(as_json, Counter()) == as_json.replace(
        "c3VwZXJtYW4x", "[redacted:kubernetes_secret]"
    )


def test_token_that_a_wider_secret_swallows_counts_once() -> None:
    counts: Counter[str] = Counter()
    text = f"https://me:a.{glue('gh', 'p_', A40[:36])}.b@host.local/x"
    assert Redactor().redact(text, counts) == "https://me:[redacted:url_password]@host.local/x"
    assert counts == {"url_password": 1}


UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
LOOK_ALIKES = (
    # Ids of messages, calls, requests, records.
    "msg_01XFDUDYJgAACzvnptvVoYEL toolu_01A09q90qw90lq917835lq9 req_011CSHoEeqs5C35K2UUqR7Fy",
    "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT call_8aVyXKQhU3yRk4WnZQ1mCbTd rs_68af4030baa48193b0b43b4c2",
    "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b fc_67ccd2bf17f08190A1b2C3d4E5f6G7h8",
    "srvtoolu_01WYG3ziw53XMcoyKL4XcZmE msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d file-Xk3fR9bQ2LmN8vTzYw4pHs",
    f"019bb0ab-9f1c-7d11-8c3e-6a9b2f0d4e55 01ARZ3NDEKTSV4RRFFQ69G5FAV session {UUID}",
    '"id": "Ab3dE5gH7jK9mN1pQ2sT4vW6xY8z" "thread_id": "Ab3dE5gH7jK9mN1pQ2sT4vW6xY8z"',
    "PR_kwDOAIbbRc5BSmjF PVT_kwDOAIbbRc4BSmjF 9ccedcc28d3c39c2-FRA",
    # Hashes.
    f"commit {HEX40} md5 {HEX32} sha256:{HEX64}",
    '"integrity": "sha512-ABCdef123ABCdef456ghiJKL789mnoPQR012stuVWX345yzABC678DEFghi901JKLmno234PQRstu=="',
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "SHA256:Nh0Me49Zh9fDw/VYUfq43IJmI1T+XrjiYONPND8GzaM key fingerprint",
    f'etag: "{HEX32}" cache-key: {HEX64} checksum={HEX64}',
    # Data.
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA6==",
    '"signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds"',
    f"-----BEGIN CERTIFICATE-----\n{A40}{A40[:24]}\n{A40}\n-----END CERTIFICATE-----",
    f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI public {HEX40}",
    # Names.
    "TestFetchToStoreV2ClosesBodyOnDecodeError NewE2EFeatureBranchEnv uploadPackV2FetchRaw",
    "getElementsByClassName2 useLocalStorageV2State convertUTF8ToUTF16LE AWSLambdaBasicExecutionRole2",
    "test_redacts_2_tokens_of_3_kinds_v2 MAX_RETRIES_FOR_HTTP2_STREAMS X509_V_FLAG_CRL_CHECK_ALL",
    "com.apple.CoreSimulator.SimDeviceType.iPhone-15-Pro RFC3339NanoTimestampFormatter",
    # Packages, versions, files.
    "@typescript-eslint/eslint-plugin@8.15.0 claude-sonnet-4-5-20250929 python3.11-slim-bookworm",
    "node_modules/.pnpm/react-dom@18.2.0_react@18.2.0/node_modules dist/assets/index-BqXk29aT.js",
    "/private/var/folders/8x/_2tqxk8s5gl7l9gz0000gn/T/tmpAb3dE5gH7jK9mN1pQ2s/out.txt",
    "/nix/store/0c5kzph7zpzxwbz8zq6l3m8lq4x0v3sj-hello-2.12.1/bin/hello",
    "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
    # Addresses.
    "0x52908400098527886E0F7030069857D2E4169EE7 EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
    # Names that only look as if they told of a secret.
    f"cache_key = '{HEX32}' primary_key: {UUID} idempotency_key={UUID} sort key: ab12cd34ef56gh78ij90",
    f"public_key = '{A40}' sentry_release = {HEX40} github: {HEX40}",
    "key: value, keyboard: 'qwerty12', tokens: 12345678, auth: none, auth = useAuth2Provider()",
    "Guard tests pass: `MeasureRepoWithOptions` r1:OS5cfenHcYF2MYLzQ4YzZ/AyUoFojg6S802P/xQKjUY=",
    "the password field, a token bucket, secret santa, key figures 2024 and 2025",
    # Flags of commands that take no password.
    "mkdir -p src/login && docker run -p 8080:80 -p 127.0.0.1:5432:5432/tcp nginx",
    "ssh -p 2222 host; mysql -u root -p shop; docker login -u shop -p $PASSWORD; tar -xzf a.tgz",
    "kubectl get secret shop -o yaml; echo done | tee log; npm login; gh auth login",
)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_harmless_look_alike_stays(text: str) -> None:
    counts: Counter[str] = Counter()
    assert Redactor().redact(text, counts) == text
    assert not counts

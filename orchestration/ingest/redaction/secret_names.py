"""The names that say that what follows them is a secret, and the names that only look as if they did.

Belongs here: words, as they are looked for in lower case. Does not belong here: what joins a name to its
value, and which values are none (secret_assignments.py).
"""

from typing import NamedTuple


class NameLiteral(NamedTuple):
    """A literal that opens a name, or closes it: where the keyword begins in it, and what it is a sign of.

    `is_weak`: the name is not enough, so the value must look drawn by chance.
    """

    literal: str
    kind: str
    keyword_at: int
    is_weak: bool = False
    is_vendor: bool = False


_PASSWORD_STEMS = ("passw", "passphr", "passcode", "pwd", "psw", "contrase")
_PASS_ALONE = tuple(f"pass{sign}" for sign in "=:\"'`]\\_- (>|,")
_SECRET_STEMS = ("secret", "credent", "creds", "token")

_KEY_OWNERS = """
    api auth access account service encryption signing signature master client db database priv private admin
    app application cloud storage shared license licence subscription webhook hmac jwt cookie deploy host
    secret consumer function functions function-level preshared psk server sdk write read project bot user
    rest merchant publish partner developer tenant session fernet deployment personal root sandbox production
    live
"""
"""What stands before `key` where it is a secret's; a key alone is a dictionary's, a sort's or a cache's."""

_ENDS_OF_NAMES = ("=", ":", '"', "'", "\\", " =", "]")
_AUTH = tuple(f"auth{sign}" for sign in _ENDS_OF_NAMES)

_OTHER_TOKENS = """
    max min num total input output prompt completion cache cached next prev page pad eos bos cls unk sep mask
    special stop continuation cancel cancellation injection design theme color syntax public publishable
"""
OTHER_TOKENS: tuple[bytes, ...] = tuple(
    (word + sign).encode() for word in _OTHER_TOKENS.split() for sign in ("", "_", "-")
)
"""Names in front of `token` that no secret has: page tokens, vocabulary, design tokens."""

_OTHER_KEYS = """
    cache primary foreign sort partition object idempotency public publishable pub row map dedupe index
    composite unique lookup react list item query group hash fold s3 storage translation i18n locale config
    dict json sorted natural business surrogate record node lock event topic message routing hot short
    shortcut
"""
OTHER_KEYS: tuple[bytes, ...] = tuple(
    (word + sign).encode() for word in _OTHER_KEYS.split() for sign in ("", "_", "-", " ")
)
"""Names in front of `key` whose value may look drawn and is none: keys of caches, objects, rows."""

_VENDORS = """
    abuseipdb adafruit adobe airtable algolia aliyun alibaba amplitude apollo asana assemblyai auth0
    beamer bitbucket bitly bitrise bittrex boxapi box_ browserstack checkout circleci clearbit clerk
    clickhouse clickup cloudflare cloudinary codecov codacy cohere coinbase configcat confluent
    contentful couchbase capella coveralls databento datadog dd_api dd_app data.gov deepgram deepseek
    deepl discord disqus droneci dropbox ebay elevenlabs endorlabs etsy exoscale facebook falai fal_ai
    fastly figma finicity finnhub flickr freemius freshbooks freshdesk fullstory gitea gitter gocardless
    greptile gumroad honeycomb heroku hubspot ibmcloud ibm_ influx infomaniak infura alchemy instantly
    intercom jumpcloud kagi kimi moonshot klaviyo kraken kucoin lark_ larksuite launchdarkly lighton
    linkedin lokalise looker loggly mailchimp mailgun mailjet mandrill mapbox mattermost maxmind mem0
    meraki messagebird message_bird mistral miro_ mixpanel monday_ nasdaq netlify newrelic new_relic
    new-relic nexmo ngrok nytimes okta_ ollama openweather opsgenie optimizely ovh_ pagerduty paypal
    pinecone plaid plivo pusher polymarket postmark privateai private_ai rapidapi razorpay retell
    rollbar salesforce sauce scaleway scw_ segment_ sendbird sendgrid sendinblue sentry_auth shodan
    signalwire snowflake snyk sonar sparkpost splunk spotify squarespace sslmate stability statuspage
    strava sumologic sumo_ tableau telegram telnyx tencent togetherai todoist travisci travis_ trello
    twilio twitch twitter typeform unsplash upstage upstash vercel_ virustotal voyage vultr wakatime
    weatherstack wandb weightsandbiases webex wistia woocommerce workos yandex yelp youtube zendesk zoho
    zhipu z_ai zai_ glm_ zapier zoom_ linode hetzner akamai rainforest workato vonage bugsnag logdna
    logzio buddybuild amplify_ fauna kickbox hunter_ ipstack currencylayer fixer_ positionstack
    mediastack aviationstack newsapi omdb tmdb giphy pexels pixabay rawg_ scraperapi scrapingbee serpapi
    serper tavily firecrawl perplexity groq_ replicate_ anthropic openai gemini_ huggingface cerebras
    fireworks anyscale nvidia_ stabilityai runpod modal_
"""
"""Vendors whose keys have no shape of their own: `datadog: <32 signs>` is known by the name alone."""

NAME_LITERALS: tuple[NameLiteral, ...] = (
    *(NameLiteral(stem, "password", 0) for stem in (*_PASSWORD_STEMS, *_PASS_ALONE)),
    *(NameLiteral(stem, "secret", 0) for stem in _SECRET_STEMS),
    *(
        NameLiteral(f"{owner}{sign}key", "secret", len(owner + sign))
        for owner in sorted(set(_KEY_OWNERS.split()))
        for sign in ("", "_", "-", " ")
    ),
    *(NameLiteral(f"{sign}key", "secret", 1, is_weak=True) for sign in "_-"),
    *(NameLiteral(f"key{sign}", "secret", 0, is_weak=True) for sign in _ENDS_OF_NAMES),
    *(
        NameLiteral(f"{before}pat{sign}", "secret", len(before), is_weak=True)
        for before in ("_", "-", " ", '"', "'")
        for sign in _ENDS_OF_NAMES
    ),
    *(NameLiteral(literal, "secret", 0, is_weak=True) for literal in _AUTH),
    *(
        NameLiteral(vendor, "secret", 0, is_weak=True, is_vendor=True)
        for vendor in sorted(set(_VENDORS.split()))
    ),
)

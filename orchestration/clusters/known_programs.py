"""Names of programs and their subcommands that a summary may say: public words, the same anywhere.

Belongs here: the allow-lists. Not here: reading a command (call_summaries). A word that is in no list is
never said: the name of a script, a target or a host can be private.
"""

_PROGRAMS = """
    ag alembic ansible ansible-playbook apt apt-get awk aws az base64 basename bash bazel biome black
    brew bun bunx bundle bzip2 cargo cat cd chmod chown clang cmake composer conda cp crontab css curl
    cut cypress date dbt deno df diff dig dirname django-admin dnf docker docker-compose dotnet du
    duckdb echo egrep elixir env esbuild eslint export fd ffmpeg fgrep file find flake8 flutter fly
    flyctl fold gcc gcloud gem gh git glab go gofmt golangci-lint gradle gradlew grep gunzip gzip head
    helm heroku hostname htop iconv ipython isort java javac jest journalctl jq julia jupyter just kill
    kubectl launchctl less ln locust ls lsof lua make man mise mkdir mlr mocha mongosh mv mvn mvnw mypy
    mysql nc netlify netstat nginx ninja nl node npm npx nvm nx od openssl opentofu pandoc patch perl
    pg_dump php phpunit ping pip pip3 pipenv pkill playwright pm2 pnpm poetry pre-commit prettier printf
    prisma protoc ps psql pulumi pwd py pylint pyright pytest python python3 rake rails readlink
    realpath redis-cli rg rm rmdir rollup rsync rspec rubocop ruby ruff rustc rustfmt scp screen sed seq
    sh shellcheck sleep sort source sqlfluff sqlite3 ssh stat strings supabase svn swift systemctl tail
    tar tee terraform test time tmux touch tox tr tree tsc tsx turbo type uname uniq unzip uv uvx
    uvicorn vercel vim vite vitest wait watch wc webpack wget which whoami wrangler xargs xcodebuild xz
    yarn yq zip zsh
"""
PROGRAMS = frozenset(_PROGRAMS.split())
"""Programs that anybody may have."""

_SUBCOMMANDS = """
    add apply audit blame branch build bundle cat-file check checkout cherry-pick clean clippy clone
    commit compile compose config create delete dependencies deploy describe destroy dev diff doctor
    down exec export fetch fix fmt format freeze generate get graph import info init inspect install
    issue lint list lock log login logs ls ls-files merge migrate mod mv new outdated pack plan pr
    preview prune publish pull push rebase reflog release remote remove repo reset restart restore
    rev-parse revert rm rollback rollout run search serve setup show start stash status stop submodule
    sync tag test tidy top tree uninstall up update upgrade validate version vet view workflow worktree
"""
SUBCOMMANDS = frozenset(_SUBCOMMANDS.split())
"""Words that may follow a program as what it is to do."""

_HAVE_SUBCOMMANDS = """
    alembic apt apt-get aws az bazel brew bun bundle cargo composer conda dbt deno docker docker-compose
    dotnet flutter fly flyctl gcloud gem gh git glab go gradle gradlew helm heroku just kubectl make
    mise mvn mvnw netlify npm nx pip pip3 pipenv pnpm poetry pre-commit prisma pulumi rails rake
    supabase swift systemctl terraform opentofu turbo uv vercel wrangler yarn
"""
HAVE_SUBCOMMANDS = frozenset(_HAVE_SUBCOMMANDS.split())
"""Programs whose next word says what they do, where it is one of SUBCOMMANDS."""

LAUNCHERS = frozenset({"npx", "bunx", "uvx", "xargs", "exec", "nohup", "watch"})
"""Programs that start another one, whose name comes next."""

MODULES = frozenset(
    {"pytest", "unittest", "pip", "venv", "mypy", "ruff", "black", "http.server", "json.tool", "build"}
)
"""Python modules that are run as programs (`python -m`)."""

CATEGORY_WORDS: dict[str, str] = {
    "shell": "run",
    "read": "read",
    "search": "search",
    "edit": "edit",
    "web": "look up on the web",
    "subagent": "direct a subagent",
    "question": "ask the person",
    "plan": "present a plan",
    "todo": "keep the task list",
    "skill": "use a skill",
    "background": "follow a background task",
    "mcp": "use a connected server",
    "other": "use another tool",
}
"""What a call of a category does, in words that say nothing of its content."""

# Webserver, daemon and command line of sessionmart (docs/running.md). Needs BuildKit, as every Docker since 23.
#
#   docker build -t sessionmart .
#   docker run --rm -v sessionmart-data:/data sessionmart demo --home /data/demo
ARG PYTHON=3.13

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /build
# First what changes seldom: every file is checked against its hash.
COPY requirements-server.lock ./
RUN python -m venv /opt/sessionmart \
    && /opt/sessionmart/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements-server.lock
COPY . .
# The dbt project is parsed here, so that nothing has to be written beside the packages later.
RUN PYTHONPATH=/build /opt/sessionmart/bin/python -m sessionmart manifest \
    && /opt/sessionmart/bin/python -m hatchling build --target wheel --directory /build/dist \
    && /opt/sessionmart/bin/pip install --no-cache-dir --no-deps /build/dist/*.whl \
    && ln -s "$(/opt/sessionmart/bin/python -c 'import sessionmart; print(sessionmart.APP)')" /opt/sessionmart/app

FROM python:${PYTHON}-slim-bookworm
RUN groupadd --gid 10001 sessionmart \
    && useradd --uid 10001 --gid sessionmart --no-create-home --home-dir /data sessionmart \
    && install --directory --owner sessionmart --group sessionmart --mode 0700 /data
COPY --from=build /opt/sessionmart /opt/sessionmart
# Everything that is kept is in /data. DAGSTER_HOME and PYTHONPATH are for Dagster's own commands, and for the
# runs of a launcher that starts containers.
ENV PATH=/opt/sessionmart/bin:$PATH \
    PYTHONPATH=/opt/sessionmart/app \
    PYTHONDONTWRITEBYTECODE=1 \
    SESSIONMART_HOME=/data/home \
    DAGSTER_HOME=/data/home/dagster \
    DAGSTER_DISABLE_TELEMETRY=1 \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    DO_NOT_TRACK=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["sessionmart"]
CMD ["serve", "webserver", "--host", "0.0.0.0"]

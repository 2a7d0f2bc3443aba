# Builds the wheel, then installs it, and nothing else, for an unprivileged user.
FROM python:3.13-slim AS build
WORKDIR /src
RUN pip install --no-cache-dir build
COPY pyproject.toml hatch_build.py README.md LICENSE schema.graphql ./
COPY sql ./sql
COPY explorer ./explorer
COPY gql_server ./gql_server
# An image has GraphiQL; Node.js comes as a wheel, and stays in this stage.
ARG GQL_SERVER_UI=require
RUN python -m build --wheel --outdir /wheels

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GQL_SERVER_HOST=0.0.0.0 \
    GQL_SERVER_LOG_FORMAT=json
COPY --from=build /wheels/*.whl /tmp/
RUN pip install --no-cache-dir "$(echo /tmp/*.whl)[redis]" && rm /tmp/*.whl \
    && useradd --system --no-create-home --shell /usr/sbin/nologin gql-server
USER gql-server
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('GQL_SERVER_PORT', '8000')}/healthz\", timeout=2)"]
ENTRYPOINT ["gql-server"]
CMD ["serve"]

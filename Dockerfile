# One image for migrations, worker and gateway; docker-compose.yml says which of them a container is.

FROM python:3.13.7-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/rumbo
ENV PATH=/opt/rumbo/bin:$PATH
WORKDIR /build
# The packages change less often than the code, so they are a layer of their own: the very set that the tests ran with.
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN for catalogue in locale/*/LC_MESSAGES/rumbo.po; do \
        pybabel compile --input-file="$catalogue" --output-file="${catalogue%.po}.mo" || exit 1; \
    done \
    && pip install --no-build-isolation --no-deps .

FROM python:3.13.7-slim-bookworm
COPY --from=build /opt/rumbo /opt/rumbo
ENV PATH=/opt/rumbo/bin:$PATH PYTHONUNBUFFERED=1
# The keyring's folder is made here so that a new volume takes over its owner and mode.
RUN useradd --system --uid 10001 --create-home rumbo \
    && install --directory --owner=rumbo --group=rumbo --mode=0700 /var/lib/rumbo/keyring
USER rumbo
WORKDIR /var/lib/rumbo

# MinIO's server, built from the last source that its makers published, the same as `make minio` builds.
# Its makers hand out no images or programs any more. A maintained fork that speaks the same protocol (such as pgsty/silo
# or chainguard-forks/minio) may be put in its place with one line of the compose file; the contract tests of the store
# (tests/contracts/test_object_store.py) say whether it keeps what we rely on: no overwriting, sha256, no lost writes.
# docker build --file infra/deploy/minio.Dockerfile --tag renewal-minio:VERSION infra/deploy

FROM golang:1.26-bookworm AS program
ARG MINIO=v0.0.0-20260212201848-7aac2a2c5b7c
ENV CGO_ENABLED=0 GOBIN=/build
RUN go install -ldflags="-s -w" "github.com/minio/minio@${MINIO}"

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 minio \
    && useradd --system --uid 10001 --gid minio --home-dir /nonexistent --no-create-home minio \
    && install --directory --owner minio --group minio --mode 0700 /data
COPY --from=program /build/minio /usr/local/bin/minio
ENV MINIO_BROWSER=off MINIO_UPDATE=off
USER 10001:10001
VOLUME /data
ENTRYPOINT ["minio"]
CMD ["server", "--quiet", "--address", ":9000", "--certs-dir", "/run/certificates", "/data"]

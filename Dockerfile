# Carillon in a container: the first stage makes the Debian package, the second installs it.
#   docker build -t carillon .
#   docker run -d --name carillon -e INGEST="$(openssl rand -hex 24)" -v carillon:/var/lib/carillon \
#     -p 127.0.0.1:8020:8020 carillon
#   docker stop -t 45 carillon     # what is being sent may end
# contrib/docker/carillon.cfg is its configuration; mount yours in its place.
FROM debian:12 AS build
ENV DEBIAN_FRONTEND=noninteractive
WORKDIR /source
# This layer is made anew only when the list of packages changes.
COPY scripts/install-packages scripts/
RUN scripts/install-packages build && scripts/install-packages package
COPY . .
RUN scripts/package --no-install --output /packages

FROM debian:12-slim
COPY --from=build /packages/carillon_*.deb /tmp/
# The user has the same number in every build of this image, for the sake of volumes. The token that the package makes would
# be the same in every container: it goes in the same step.
RUN useradd --system --uid 820 --user-group --home-dir /var/lib/carillon --shell /usr/sbin/nologin carillon \
  && apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates /tmp/carillon_*.deb \
  && rm -rf /etc/carillon/secrets/ingest /tmp/carillon_*.deb /var/lib/apt/lists/*
COPY contrib/docker/carillon.cfg /etc/carillon/carillon.cfg
ENV CARILLON_CONFIG=/etc/carillon/carillon.cfg PYTHONDONTWRITEBYTECODE=1
USER carillon
WORKDIR /var/lib/carillon
VOLUME /var/lib/carillon
EXPOSE 8020
# A configuration with another port needs another line here: docker run --health-cmd.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/usr/bin/python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8020/health', timeout=4)"]
ENTRYPOINT ["/usr/bin/carillon"]
CMD ["run", "/etc/carillon/carillon.cfg"]

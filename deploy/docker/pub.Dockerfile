# kalinka-pub as an image. Built from source, from the root of the repository:
#   docker build -f deploy/docker/pub.Dockerfile -t kalinka-pub .
# From binaries that `dotnet publish Kalinka.Pub -c Release -o artifacts/pub` has made:
#   docker build -f deploy/docker/pub.Dockerfile --target published --build-arg PUBLISHED=artifacts/pub -t kalinka-pub .
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0

FROM ${RUNTIME_IMAGE} AS runtime
COPY deploy/docker/healthy /usr/local/bin/healthy
# Nothing is written anywhere, so that the root file system can be read-only.
ENV DOTNET_EnableDiagnostics=0 \
    KALINKA_Http__Url=http://0.0.0.0:9464
EXPOSE 9464
# A number, so that an orchestrator can see that it is not root.
USER 1654:1654
# Alive, not ready: a server that is away is no reason to restart the daemon.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["healthy", "/health/live"]
ENTRYPOINT ["/app/kalinka-pub"]
CMD ["run", "--config", "/etc/kalinka/pub.json"]

FROM runtime AS published
ARG PUBLISHED=.
COPY ${PUBLISHED} /app

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY Kalinka.Common Kalinka.Common
COPY Kalinka.Pub Kalinka.Pub
RUN dotnet publish Kalinka.Pub -c Release --use-current-runtime --no-self-contained -o /published

FROM runtime
COPY --from=build /published /app

# shellcheck shell=bash
# The servers that the tests run against: what is here, and what can be fetched. Sourced by deploy/test.
# Each detect_* prints what it found for a person; none starts anything.
# shellcheck disable=SC2034 # KAFKA_STACK is read there.

KAFKA_VERSION=4.1.1
KAFKA_NAME=kafka_2.13-$KAFKA_VERSION
KAFKA_MIRRORS=(https://downloads.apache.org/kafka https://archive.apache.org/dist/kafka)
KALINKA_CACHE=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/kalinka

have() { command -v "$1" >/dev/null 2>&1; }

# Kafka 4 needs Java 17; an older one counts as none.
have_java() {
    local version
    version=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ]
}

zookeeper_jar() {
    local jar
    for jar in "${ZOOKEEPER_HOME:-/nowhere}"/lib/zookeeper-[0-9]*.jar /usr/share/java/zookeeper.jar; do
        if [ -e "$jar" ]; then
            echo "$jar"
            return
        fi
    done
    return 1
}

zookeeper_version() {
    case $(zookeeper_jar) in
        /usr/share/java/*) dpkg-query -W -f '${Version}' zookeeper 2>/dev/null || echo 'of unknown version' ;;
        *) basename "$(zookeeper_jar)" .jar | sed 's/zookeeper-//' ;;
    esac
}

have_zookeeper() { zookeeper_jar >/dev/null; }

have_kafka_home() { [ -n "${KAFKA_HOME:-}" ] && compgen -G "$KAFKA_HOME/libs/kafka-server-*.jar" >/dev/null; }

have_docker() { have docker && timeout 10 docker info >/dev/null 2>&1; }

have_image() {
    docker image inspect "$1" >/dev/null 2>&1 || timeout 180 docker pull -q "$1" >/dev/null 2>&1
}

detect_mosquitto() {
    if have mosquitto; then
        mosquitto -h | sed -n '1s/^mosquitto version /Mosquitto /p'
    else
        echo 'MQTTnet.Server (no Mosquitto here)'
    fi
}

detect_zookeeper() {
    if have_zookeeper && have_java; then
        echo "ZooKeeper $(zookeeper_version)"
    else
        echo 'in-memory (no ZooKeeper with Java 17 here)'
    fi
}

# Real if it can be had at all: KAFKA_HOME, a Docker engine with the image, the official archive; else a mock.
# Sets KAFKA_HOME and KAFKA_STACK.
choose_kafka() {
    if ! have_java; then
        have_kafka_home && echo "KAFKA_HOME is set, but Java 17 is missing"
        unset KAFKA_HOME
    elif [ -n "${KAFKA_HOME:-}" ] && ! have_kafka_home; then
        echo "KAFKA_HOME ($KAFKA_HOME) holds no Kafka"
        unset KAFKA_HOME
    fi
    if have_kafka_home; then
        KAFKA_HOME=$(cd "$KAFKA_HOME" && pwd)
        KAFKA_STACK="Kafka $(kafka_version) from $KAFKA_HOME"
    elif have_docker && have_image "apache/kafka:$KAFKA_VERSION"; then
        # Testcontainers asks for a newer interface than an older engine has.
        DOCKER_API_VERSION=${DOCKER_API_VERSION:-$(docker version --format '{{.Server.APIVersion}}')}
        export DOCKER_API_VERSION
        KAFKA_STACK="Kafka $KAFKA_VERSION in Docker (Testcontainers)"
    elif have_java && fetch_kafka; then
        KAFKA_HOME=$KALINKA_CACHE/$KAFKA_NAME
        KAFKA_STACK="Kafka $KAFKA_VERSION from $KAFKA_HOME"
    else
        KAFKA_STACK="librdkafka's mock cluster (no KAFKA_HOME, no Docker, no download)"
        return
    fi
    export KAFKA_HOME
}

kafka_version() { basename "$KAFKA_HOME"/libs/kafka-server-[0-9]*.jar .jar | sed 's/kafka-server-//'; }

# The official archive into the cache, once; what arrives counts only when its published SHA-512 fits.
fetch_kafka() {
    local mirror archive=$KALINKA_CACHE/$KAFKA_NAME.tgz
    [ -d "$KALINKA_CACHE/$KAFKA_NAME/libs" ] && return
    have curl && mkdir -p "$KALINKA_CACHE" || return
    for mirror in "${KAFKA_MIRRORS[@]}"; do
        local url=$mirror/$KAFKA_VERSION/$KAFKA_NAME.tgz
        curl -fsSL --connect-timeout 5 --max-time 30 -o "$archive.sha512" "$url.sha512" 2>/dev/null || continue
        echo "Downloading $url"
        curl -fsSL --connect-timeout 5 --max-time 300 -o "$archive" "$url" || continue
        if checksum_fits "$archive"; then
            unpack_kafka "$archive"
            return
        fi
        echo "The checksum of $url does not fit; not used"
        rm -f "$archive"
    done
    return 1
}

# Apache's .sha512 files hold the name, a colon, and the digest in upper-case groups over several lines.
checksum_fits() {
    local published actual
    published=$(sed 's/^[^:]*://' "$1.sha512" | tr -d ' \t\r\n' | tr 'A-F' 'a-f')
    actual=$(sha512sum "$1" | cut -d' ' -f1)
    [ "${published:0:128}" = "$actual" ]
}

# Unpacked beside its place and moved there whole: a run that is interrupted leaves nothing half.
unpack_kafka() {
    local beside
    beside=$(mktemp -d "$KALINKA_CACHE/unpack.XXXXXX")
    tar -xzf "$1" -C "$beside" && mv -T "$beside/$KAFKA_NAME" "$KALINKA_CACHE/$KAFKA_NAME"
    local code=$?
    rm -rf "$beside" "$1"
    return $code
}

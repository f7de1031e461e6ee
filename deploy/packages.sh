# shellcheck shell=bash
# Installs the servers' Debian packages where that is allowed. Sourced by deploy/test after deploy/servers.sh.

POLICY=/usr/sbin/policy-rc.d

# Root, or sudo that asks for no password, on a system with apt.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_install() {
    have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }
}

missing_packages() {
    have mosquitto || echo mosquitto
    have_zookeeper || echo zookeeper
    have_java || java_package
    have kcat || echo kcat
    have openssl || echo openssl
    [ -e /usr/share/activemq/bin/activemq.jar ] || echo activemq
    [ -e /usr/share/java/mqtt-client.jar ] || echo libmqtt-client-java # ActiveMQ's MQTT connector needs it
    have rabbitmq-server || [ -d /usr/lib/rabbitmq ] || echo rabbitmq-server
    have systemd-analyze || echo systemd
    if [ "${1:-}" = with-docker ] && ! have_docker; then
        have dockerd || echo docker.io
        have docker || ! apt-cache show docker-cli >/dev/null 2>&1 || echo docker-cli
        have debootstrap || echo debootstrap
    fi
}

# Ubuntu 22.04's default is Java 11.
java_package() {
    if apt-cache show openjdk-17-jre-headless >/dev/null 2>&1; then
        echo openjdk-17-jre-headless
    else
        echo default-jre-headless
    fi
}

# Goes on with what is there when a package cannot be had.
install_missing() {
    local packages
    mapfile -t packages < <(missing_packages "$@")
    [ ${#packages[@]} -gt 0 ] || return 0
    if ! may_install; then
        echo "Not installed, and this user may not install: ${packages[*]}"
        return 0
    fi
    echo "Installing with apt-get: ${packages[*]}"
    keep_services_off
    apt_get update
    # After the update a package may exist that did not before.
    mapfile -t packages < <(missing_packages "$@")
    local package
    apt_get install "${packages[@]}" || for package in "${packages[@]}"; do
        apt_get install "$package" || echo "$package cannot be installed here"
    done
    let_services_be
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive timeout 600 \
        apt-get -qq -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 --no-install-recommends "$@" >/dev/null 2>&1
}

# Packages of daemons start them; the tests start their own, on free ports. A policy that is there already stays.
keep_services_off() {
    [ ! -e $POLICY ] || return 0
    POLICY_IS_OURS=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee $POLICY >/dev/null
    as_root chmod +x $POLICY
}

let_services_be() {
    [ "${POLICY_IS_OURS:-}" = yes ] || return 0
    as_root rm -f $POLICY
    POLICY_IS_OURS=
}

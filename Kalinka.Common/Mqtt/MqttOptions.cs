namespace Kalinka.Common.Mqtt;

/// <summary>The MQTT versions that Kalinka speaks.</summary>
public enum MqttVersion
{
    V311,
    V5,
}

/// <summary>One standalone broker, as the configuration or the directory names it.</summary>
/// <param name="Name">Unique; part of client identifiers, record headers and znode names.</param>
/// <param name="Tls">Null for a plain connection.</param>
public sealed record BrokerOptions(
    string Name,
    string Host,
    int Port,
    MqttVersion Version,
    string? Username,
    string? Password,
    TlsOptions? Tls
)
{
    /// <summary>The address as it is written in the configuration.</summary>
    public string Address => $"{(Tls is null ? "mqtt" : "mqtts")}://{Host}:{Port}";

    // Credentials must not reach a log line.
    public override string ToString() => $"{Name} ({Address})";
}

/// <summary>What a TLS connection trusts and shows. Files are PEM.</summary>
/// <param name="CaFile">Trusted instead of the system's store; null for the system's store.</param>
public sealed record TlsOptions(string? CaFile, string? CertificateFile, string? KeyFile);

/// <summary>The section <c>Mqtt</c>.</summary>
/// <param name="ClientId">Prefix of every Client Identifier.</param>
/// <param name="Seats">Sessions per broker (pub).</param>
/// <param name="ReceiveMaximum">1 to 65,535; the window of unacknowledged messages on the way in.</param>
public sealed record MqttOptions(
    IReadOnlyList<BrokerOptions> Brokers,
    string ClientId,
    string ShareName,
    int Seats,
    ushort ReceiveMaximum,
    TimeSpan SessionExpiry,
    TimeSpan KeepAlive
);

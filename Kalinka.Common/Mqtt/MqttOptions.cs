using Kalinka.Common.Tls;

namespace Kalinka.Common.Mqtt;

/// <summary>The MQTT versions that Kalinka speaks.</summary>
public enum MqttVersion
{
    V311,
    V5,
}

/// <summary>One standalone broker, as the configuration or the directory names it.</summary>
/// <param name="Name">Unique; part of client identifiers, record headers and znode names.</param>
/// <param name="Host">A name or an address; IPv6 without its brackets.</param>
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
    /// <summary>Whether it has shared subscriptions (pub); null: to be found out.</summary>
    public bool? Shared { get; init; }

    /// <summary>
    /// No filter is shared there, whatever it grants: so it is configured, or it is left to the version. MQTT 3.1.1 cannot say
    /// what it lacks.
    /// </summary>
    public bool IsPlain => Shared == false || (Shared is null && Version == MqttVersion.V311);

    /// <summary>The address as it is written in the configuration.</summary>
    public string Address => AddressOf(Tls is not null, Host, Port);

    /// <summary>A URI; IPv6 addresses stand in brackets (RFC 3986, 3.2.2).</summary>
    public static string AddressOf(bool tls, string host, int port) =>
        $"{(tls ? "mqtts" : "mqtt")}://{(host.Contains(':') ? $"[{host}]" : host)}:{port}";

    // Credentials must not reach a log line.
    public override string ToString() => $"{Name} ({Address})";
}

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

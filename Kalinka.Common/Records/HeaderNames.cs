namespace Kalinka.Common.Records;

/// <summary>Names of record headers, and of the user property that carries the hops.</summary>
public static class HeaderNames
{
    /// <summary>No device may set a header that begins so.</summary>
    public static ReadOnlySpan<byte> MqttPrefix => "mqtt-"u8;

    /// <inheritdoc cref="MqttPrefix"/>
    public static ReadOnlySpan<byte> KalinkaPrefix => "kalinka-"u8;

    public static ReadOnlySpan<byte> MqttTopic => "mqtt-topic"u8;
    public static ReadOnlySpan<byte> MqttBroker => "mqtt-broker"u8;
    public static ReadOnlySpan<byte> MqttQos => "mqtt-qos"u8;
    public static ReadOnlySpan<byte> MqttRetain => "mqtt-retain"u8;
    public static ReadOnlySpan<byte> MqttContentType => "mqtt-content-type"u8;
    public static ReadOnlySpan<byte> MqttResponseTopic => "mqtt-response-topic"u8;
    public static ReadOnlySpan<byte> MqttCorrelationData => "mqtt-correlation-data"u8;
    public static ReadOnlySpan<byte> MqttPayloadFormat => "mqtt-payload-format"u8;

    /// <summary>Unix milliseconds, decimal, absolute.</summary>
    public static ReadOnlySpan<byte> MqttExpiresAt => "mqtt-expires-at"u8;

    /// <summary><c>broker/seat/epoch/n</c>.</summary>
    public static ReadOnlySpan<byte> Sequence => "kalinka-seq"u8;

    /// <summary>How often a message has passed Kalinka; a record header and a user property.</summary>
    public static ReadOnlySpan<byte> Hops => "kalinka-hops"u8;

    public static ReadOnlySpan<byte> Reason => "kalinka-reason"u8;
    public static ReadOnlySpan<byte> Daemon => "kalinka-daemon"u8;
    public static ReadOnlySpan<byte> Origin => "kalinka-origin"u8;

    /// <summary>How often a record has passed the delivery topic, from 1.</summary>
    public static ReadOnlySpan<byte> DeliveryHops => "kalinka-delivery-hops"u8;

    public static ReadOnlySpan<byte> Truncated => "kalinka-truncated"u8;

    /// <summary>Whether it is one of those that a dead letter gets; an earlier dead letter's are not kept.</summary>
    public static bool IsOfDeadLetter(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(Reason)
        || name.SequenceEqual(Daemon)
        || name.SequenceEqual(Origin)
        || name.SequenceEqual(Truncated);
}

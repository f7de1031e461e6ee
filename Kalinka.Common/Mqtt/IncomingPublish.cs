namespace Kalinka.Common.Mqtt;

/// <summary>A PUBLISH packet in place: every span points into the receive buffer.</summary>
public readonly ref struct IncomingPublish
{
    /// <summary>Topic name, UTF-8, checked: not empty, no wildcard, no NUL, well-formed.</summary>
    public required ReadOnlySpan<byte> Topic { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>0 with QoS 0.</summary>
    public required ushort PacketIdentifier { get; init; }

    /// <summary>0 or 1.</summary>
    public required int Qos { get; init; }

    public required bool Retain { get; init; }

    public required bool Dup { get; init; }

    /// <summary>
    /// What is wrong with the packet; null but for one that <see cref="IMqttConnectionHandler.AcceptsMalformed"/> let
    /// through. Its topic name is as it came then, and what cannot be told from the payload counts as payload.
    /// </summary>
    public string? Malformed { get; init; }

    /// <summary>The MQTT 5 properties, checked and well-formed, without their length; empty in MQTT 3.1.1.</summary>
    public required PublishProperties Properties { get; init; }
}

/// <summary>A message to publish; the spans need to live only during the call.</summary>
public readonly ref struct OutgoingPublish
{
    public required ReadOnlySpan<byte> Topic { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>0 or 1.</summary>
    public required int Qos { get; init; }

    public required bool Retain { get; init; }

    /// <summary>Message Expiry Interval in seconds; null for none.</summary>
    public uint? ExpirySeconds { get; init; }

    /// <summary>
    /// Further properties as <see cref="PublishPropertiesWriter"/> made them; left out towards MQTT 3.1.1.
    /// </summary>
    public ReadOnlySpan<byte> Properties { get; init; }
}

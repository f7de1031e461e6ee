namespace Kalinka.Common.Mqtt;

/// <summary>Control packet types [MQTT-2.1.2], the upper half of a packet's first byte.</summary>
internal enum PacketType
{
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    SubAck = 9,
    UnsubAck = 11,
    PingResp = 13,
    Disconnect = 14,
}

/// <summary>One packet in the receive buffer; its span ends with the next read.</summary>
internal readonly ref struct ReceivedPacket(byte first, ReadOnlySpan<byte> body)
{
    public byte First { get; } = first;

    public ReadOnlySpan<byte> Body { get; } = body;

    public PacketType Type => (PacketType)(First >> 4);

    /// <summary>The lower half of the first byte: reserved in every type but PUBLISH [MQTT-2.1.3].</summary>
    public int Flags => First & 0x0F;
}

using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>A PUBLISH that came before its time, copied out of the receive buffer.</summary>
internal sealed class HeldPublish
{
    // What the copy costs beside its bytes.
    private const int Overhead = 200;

    private readonly byte[] _topic;
    private readonly byte[] _payload;
    private readonly byte[] _properties;
    private readonly ushort _packetIdentifier;
    private readonly int _qos;
    private readonly bool _retain;
    private readonly bool _dup;
    private readonly string? _malformed;

    public HeldPublish(in IncomingPublish publish)
    {
        _topic = publish.Topic.ToArray();
        _payload = publish.Payload.ToArray();
        _properties = publish.Properties.Block.ToArray();
        _packetIdentifier = publish.PacketIdentifier;
        _qos = publish.Qos;
        _retain = publish.Retain;
        _dup = publish.Dup;
        _malformed = publish.Malformed;
    }

    /// <summary>Memory, about, in bytes.</summary>
    public int Size => _topic.Length + _payload.Length + _properties.Length + Overhead;

    public IncomingPublish Publish =>
        new()
        {
            Topic = _topic,
            Payload = _payload,
            PacketIdentifier = _packetIdentifier,
            Qos = _qos,
            Retain = _retain,
            Dup = _dup,
            Malformed = _malformed,
            Properties = new PublishProperties(_properties),
        };

    /// <summary>Memory that a copy of it takes, about, in bytes.</summary>
    public static int SizeOf(in IncomingPublish publish) =>
        publish.Topic.Length + publish.Payload.Length + publish.Properties.Block.Length + Overhead;
}

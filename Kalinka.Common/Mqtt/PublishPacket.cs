using System.Buffers.Binary;

namespace Kalinka.Common.Mqtt;

/// <summary>A PUBLISH on its way out [MQTT-3.3]: its size first, then its bytes straight into the writer's buffer.</summary>
internal readonly ref struct PublishPacket
{
    private readonly OutgoingPublish _publish;
    private readonly bool _hasProperties;
    private readonly long _propertiesLength;
    private readonly long _remainingLength;

    public PublishPacket(in OutgoingPublish publish, MqttVersion version)
    {
        _publish = publish;
        _hasProperties = version == MqttVersion.V5;
        _remainingLength = 2L + publish.Topic.Length + 2 * publish.Qos + publish.Payload.Length;
        if (_hasProperties)
        {
            _propertiesLength = publish.Properties.Length + (publish.ExpirySeconds is null ? 0 : 5);
            _remainingLength += VariableByteInteger.SizeOf((uint)_propertiesLength) + _propertiesLength;
        }
    }

    /// <summary>All of the packet, in bytes; beyond what MQTT can say when it does not fit.</summary>
    public long Size =>
        _remainingLength > VariableByteInteger.Maximum || _publish.Topic.Length > ushort.MaxValue
            ? long.MaxValue
            : 1 + VariableByteInteger.SizeOf((uint)_remainingLength) + _remainingLength;

    /// <summary>Fills the target, which has <see cref="Size"/> bytes.</summary>
    public void WriteTo(Span<byte> target, ushort packetIdentifier)
    {
        target[0] = (byte)((int)PacketType.Publish << 4 | _publish.Qos << 1 | (_publish.Retain ? 1 : 0));
        target = target[1..];
        target = target[VariableByteInteger.Write(target, (uint)_remainingLength)..];
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)_publish.Topic.Length);
        _publish.Topic.CopyTo(target[2..]);
        target = target[(2 + _publish.Topic.Length)..];
        if (_publish.Qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target, packetIdentifier);
            target = target[2..];
        }

        if (_hasProperties)
        {
            target = WriteProperties(target);
        }

        _publish.Payload.CopyTo(target);
    }

    private Span<byte> WriteProperties(Span<byte> target)
    {
        target = target[VariableByteInteger.Write(target, (uint)_propertiesLength)..];
        if (_publish.ExpirySeconds is { } seconds)
        {
            target[0] = (byte)PropertyId.MessageExpiryInterval;
            BinaryPrimitives.WriteUInt32BigEndian(target[1..], seconds);
            target = target[5..];
        }

        _publish.Properties.CopyTo(target);
        return target[_publish.Properties.Length..];
    }
}

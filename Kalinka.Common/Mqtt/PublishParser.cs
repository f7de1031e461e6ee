using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Kalinka.Common.Mqtt;

/// <summary>Reads PUBLISH in place [MQTT-3.3]. Every check that fails ends the connection.</summary>
internal static class PublishParser
{
    // Wildcards [MQTT-3.3.2-2] and U+0000 [MQTT-1.5.4-2].
    private static readonly SearchValues<byte> ForbiddenInTopicNames = SearchValues.Create("+#\0"u8);

    /// <exception cref="ConnectionFaultException">The packet is malformed or breaks the protocol.</exception>
    public static IncomingPublish Parse(in ReceivedPacket packet, MqttVersion version)
    {
        var qos = packet.Flags >> 1 & 3;
        if (qos > 1)
        {
            throw qos == 3
                ? ConnectionFaultException.Malformed("PUBLISH with QoS 3")
                : ConnectionFaultException.Protocol("PUBLISH with QoS 2, which was never asked for");
        }

        var rest = packet.Body;
        var topic = ReadTopic(ref rest);
        var packetIdentifier = qos == 0 ? (ushort)0 : ReadPacketIdentifier(ref rest);
        var properties = version == MqttVersion.V5 ? ReadProperties(ref rest) : default;
        if (version == MqttVersion.V5)
        {
            RefuseAlias(properties);
        }

        CheckTopicName(topic);
        return new IncomingPublish
        {
            Topic = topic,
            Payload = rest,
            PacketIdentifier = packetIdentifier,
            Qos = qos,
            Retain = (packet.Flags & 1) != 0,
            Dup = (packet.Flags & 8) != 0,
            Properties = new PublishProperties(properties),
        };
    }

    /// <summary>
    /// Reads what can be read of a QoS 1 packet that <see cref="Parse"/> refuses. False when that is too little to
    /// acknowledge it and say where it belongs.
    /// </summary>
    public static bool TryParseMalformed(
        in ReceivedPacket packet,
        MqttVersion version,
        string fault,
        out IncomingPublish publish
    )
    {
        publish = default;
        var rest = packet.Body;
        var topicSize = rest.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if ((packet.Flags >> 1 & 3) != 1 || topicSize == 0 || rest.Length < 2 + topicSize + 2)
        {
            return false;
        }

        var topic = rest.Slice(2, topicSize);
        var packetIdentifier = BinaryPrimitives.ReadUInt16BigEndian(rest[(2 + topicSize)..]);
        publish = new IncomingPublish
        {
            Topic = topic,
            Payload = BehindProperties(rest[(2 + topicSize + 2)..], version),
            PacketIdentifier = packetIdentifier,
            Qos = 1,
            Retain = (packet.Flags & 1) != 0,
            Dup = (packet.Flags & 8) != 0,
            Properties = default,
            Malformed = fault,
        };
        return packetIdentifier != 0;
    }

    private static ReadOnlySpan<byte> BehindProperties(ReadOnlySpan<byte> rest, MqttVersion version) =>
        version == MqttVersion.V5
        && VariableByteInteger.TryRead(rest, out var length, out var size)
        && rest.Length - size >= length
            ? rest[(size + (int)length)..]
            : rest;

    private static ReadOnlySpan<byte> ReadTopic(scoped ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2 || rest.Length - 2 < BinaryPrimitives.ReadUInt16BigEndian(rest))
        {
            throw ConnectionFaultException.Malformed("PUBLISH ends within its topic name");
        }

        var size = BinaryPrimitives.ReadUInt16BigEndian(rest);
        var topic = rest.Slice(2, size);
        rest = rest[(2 + size)..];
        return topic;
    }

    private static ushort ReadPacketIdentifier(scoped ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2)
        {
            throw ConnectionFaultException.Malformed("PUBLISH ends within its packet identifier");
        }

        var packetIdentifier = BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[2..];
        return packetIdentifier != 0
            ? packetIdentifier
            : throw ConnectionFaultException.Protocol("PUBLISH with packet identifier 0"); // [MQTT-2.2.1-3]
    }

    private static ReadOnlySpan<byte> ReadProperties(scoped ref ReadOnlySpan<byte> rest)
    {
        if (!VariableByteInteger.TryRead(rest, out var length, out var size) || rest.Length - size < length)
        {
            throw ConnectionFaultException.Malformed("PUBLISH ends within its properties");
        }

        var properties = rest.Slice(size, (int)length);
        rest = rest[(size + (int)length)..];
        return PublishProperties.TryValidate(properties, out var error)
            ? properties
            : throw ConnectionFaultException.Malformed(error);
    }

    // We announce Topic Alias Maximum 0 [MQTT-3.1.2-26].
    private static void RefuseAlias(ReadOnlySpan<byte> properties)
    {
        foreach (var property in new PublishProperties(properties))
        {
            if (property.Id == PropertyId.TopicAlias)
            {
                throw new ConnectionFaultException(
                    MqttReasonCode.TopicAliasInvalid,
                    "the broker broke the protocol: a topic alias, and we take none"
                );
            }
        }
    }

    private static void CheckTopicName(ReadOnlySpan<byte> topic)
    {
        if (topic.IsEmpty)
        {
            throw ConnectionFaultException.Protocol("PUBLISH without a topic name"); // [MQTT-4.7.3-1]
        }

        if (topic.ContainsAny(ForbiddenInTopicNames))
        {
            throw new ConnectionFaultException(
                MqttReasonCode.TopicNameInvalid,
                "the broker sent a malformed packet: a wildcard or U+0000 in a topic name"
            );
        }

        if (!Utf8.IsValid(topic))
        {
            throw ConnectionFaultException.Malformed("a topic name that is not UTF-8");
        }
    }
}

using System.Buffers.Binary;

namespace Kalinka.Common.Mqtt;

/// <summary>Reads PUBACK in place [MQTT-3.4], and says what it means.</summary>
internal static class PubAckParser
{
    /// <exception cref="ConnectionFaultException">The packet is malformed.</exception>
    public static ushort Parse(in ReceivedPacket packet, MqttVersion version, out MqttReasonCode reason)
    {
        var body = packet.Body;
        reason = MqttReasonCode.Success;
        if (packet.Flags != 0 || body.Length < 2 || (version == MqttVersion.V311 && body.Length != 2))
        {
            throw ConnectionFaultException.Malformed("PUBACK");
        }

        if (body.Length > 2)
        {
            reason = (MqttReasonCode)body[2];
            CheckProperties(body[3..]);
        }

        var packetIdentifier = BinaryPrimitives.ReadUInt16BigEndian(body);
        return packetIdentifier != 0
            ? packetIdentifier
            : throw ConnectionFaultException.Malformed("PUBACK with packet identifier 0");
    }

    public static PublishOutcome Outcome(MqttReasonCode reason) =>
        reason switch
        {
            MqttReasonCode.NoMatchingSubscribers => PublishOutcome.NoSubscriber,
            MqttReasonCode.QuotaExceeded => PublishOutcome.Unavailable,
            >= MqttReasonCode.UnspecifiedError => PublishOutcome.Rejected,
            _ => PublishOutcome.Delivered,
        };

    // A reason string and user properties may follow; they decide nothing, so only their length is checked.
    private static void CheckProperties(ReadOnlySpan<byte> rest)
    {
        if (
            !rest.IsEmpty
            && (!VariableByteInteger.TryRead(rest, out var length, out var size) || rest.Length - size != length)
        )
        {
            throw ConnectionFaultException.Malformed("PUBACK whose properties do not fit");
        }
    }
}

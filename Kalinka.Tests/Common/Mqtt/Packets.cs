using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Packets as bytes, written by hand from the specification.</summary>
internal static class Packets
{
    public static byte[] PubAck(int packetIdentifier, MqttReasonCode? reason = null) =>
        reason is { } code
            ? [0x40, 3, (byte)(packetIdentifier >> 8), (byte)packetIdentifier, (byte)code]
            : [0x40, 2, (byte)(packetIdentifier >> 8), (byte)packetIdentifier];

    /// <summary>PUBLISH of MQTT 5, QoS 1.</summary>
    public static byte[] Publish(string mqttTopic, int packetIdentifier, string payload, params byte[] properties) =>
        PublishRaw(0x32, Encoding.UTF8.GetBytes(mqttTopic), packetIdentifier, payload, properties);

    public static byte[] PublishRaw(byte first, byte[] topic, int packetIdentifier, string payload, byte[] properties)
    {
        byte[] identifier = (first & 6) == 0 ? [] : [(byte)(packetIdentifier >> 8), (byte)packetIdentifier];
        return Packet(
            first,
            [
                (byte)(topic.Length >> 8),
                (byte)topic.Length,
                .. topic,
                .. identifier,
                (byte)properties.Length,
                .. properties,
                .. Encoding.UTF8.GetBytes(payload),
            ]
        );
    }

    public static byte[] Packet(byte first, byte[] body)
    {
        var length = new byte[4];
        var size = VariableByteInteger.Write(length, (uint)body.Length);
        return [first, .. length[..size], .. body];
    }

    /// <summary>The packet identifier of a PUBLISH with QoS 1 and a remaining length below 128.</summary>
    public static int IdentifierOf(byte[] publish)
    {
        var topicLength = (publish[2] << 8) | publish[3];
        return (publish[4 + topicLength] << 8) | publish[5 + topicLength];
    }
}

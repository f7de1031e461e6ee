namespace Kalinka.Common.Mqtt;

/// <summary>What one connection may hold in memory.</summary>
/// <param name="MaximumPacketSize">
/// The largest packet we take, in bytes, announced in CONNECT; a longer one ends the connection. An MQTT 5 broker
/// discards what is larger without a word [MQTT-3.1.2-24]: better generous.
/// </param>
/// <param name="OutgoingBytes">How much may wait for the socket before a publish is refused; one packet may exceed it.</param>
/// <param name="OutgoingWindow">Our own cap on publishes in flight, beside the broker's Receive Maximum.</param>
public sealed record MqttLimits(
    int MaximumPacketSize = 64 * 1024 * 1024,
    int OutgoingBytes = 4 * 1024 * 1024,
    ushort OutgoingWindow = ushort.MaxValue
);

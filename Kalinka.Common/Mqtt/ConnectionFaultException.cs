namespace Kalinka.Common.Mqtt;

/// <summary>
/// The connection cannot go on: the broker broke the protocol, or the handler failed. The reason goes into DISCONNECT,
/// so it must be one that a client may send [MQTT-3.14.2.1].
/// </summary>
internal sealed class ConnectionFaultException(MqttReasonCode reason, string description, Exception? inner = null)
    : Exception(description, inner)
{
    public MqttReasonCode Reason => reason;

    public static ConnectionFaultException Malformed(string what) =>
        new(MqttReasonCode.MalformedPacket, $"the broker sent a malformed packet: {what}");

    public static ConnectionFaultException Protocol(string what) =>
        new(MqttReasonCode.ProtocolError, $"the broker broke the protocol: {what}");

    public static ConnectionFaultException Handler(Exception thrown) =>
        new(
            MqttReasonCode.ImplementationSpecificError,
            $"our handler failed: {thrown.GetType().Name}: {thrown.Message}",
            thrown
        );
}

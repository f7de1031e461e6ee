using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>What becomes of the messages of one seat; the pipeline puts the stages behind it.</summary>
internal interface IArrivals
{
    /// <summary>Completes when every message of the last connection has been settled.</summary>
    Task WhenSettledAsync();

    /// <summary>Messages come from this connection from now on, until <see cref="Drain"/> or <see cref="Close"/>.</summary>
    void Open(IMqttConnection connection);

    /// <summary>
    /// One message, one call at a time. Blocks while there is no room; after <see cref="Drain"/> and
    /// <see cref="Close"/> it takes nothing and returns at once.
    /// </summary>
    void OnPublish(in IncomingPublish publish);

    /// <summary>
    /// Neither produces nor acknowledges what arrives from here on; what was produced is still acknowledged. Returns when
    /// no message is on its way to the producer any more.
    /// </summary>
    void Drain();

    /// <summary>The connection has ended: nothing is acknowledged any more, and whoever waits for room gives up.</summary>
    void Close();
}

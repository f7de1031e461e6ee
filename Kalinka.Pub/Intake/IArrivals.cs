using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>What becomes of the messages of one seat; the pipeline puts the stages behind it.</summary>
internal interface IArrivals
{
    /// <summary>
    /// Completes when every message of the last connection has been settled, and stays so until the next one is opened.
    /// </summary>
    Task WhenSettledAsync();

    /// <summary>
    /// Messages come from this connection from now on, until <see cref="Drain"/> or <see cref="Close"/>. Only once all
    /// of the last connection are settled.
    /// </summary>
    void Open(IMqttConnection connection);

    /// <summary>
    /// Room for a message that is kept back for now. At QoS 0 a message that gets none is dropped, and counted.
    /// </summary>
    /// <param name="size">Memory, in bytes; given back by <see cref="GiveBack"/>.</param>
    /// <param name="regardless">Also when there is no room, except at QoS 0.</param>
    bool TryKeepBack(int qos, int size, bool regardless);

    /// <summary>Room that <see cref="TryKeepBack"/> gave.</summary>
    void GiveBack(int size);

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

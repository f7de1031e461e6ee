using System.Collections.Concurrent;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>Brings one recorded MQTT session to its end: what the broker still has for it goes to Kafka before.</summary>
internal sealed class SessionEnding(SeatBuilder builder, SessionRecords records, ILogger logger)
{
    // What has ended a connection of which session: it must not keep the session for ever.
    private readonly ConcurrentDictionary<(string Broker, string ClientId), MalformedPublishes> _malformed = new();

    /// <summary>Cancelling leaves the session as it is then: nothing is lost, and another may go on.</summary>
    /// <returns>True when the session and its record are no more.</returns>
    /// <exception cref="MqttException">The broker was not reached, or the connection ended meanwhile.</exception>
    /// <exception cref="ZooKeeperException">The record could not be read or deleted.</exception>
    public async Task<bool> EndAsync(BrokerOptions broker, string clientId, CancellationToken cancellationToken)
    {
        var filters = await records.ReadAsync(broker.Name, clientId, cancellationToken);
        logger.LogInformation("{Broker}: retiring session {ClientId}", broker.Name, clientId);

        // Written once more for the number of the write: the epoch of what the session still brings.
        var epoch = await records.WriteAsync(broker.Name, clientId, filters, cancellationToken);
        var sequence = new SequenceHeader(broker.Name, RetirementRules.SeatOf(clientId) ?? 0, epoch);
        var malformed = _malformed.GetOrAdd((broker.Name, clientId), _ => new MalformedPublishes());
        using var parts = builder.Retiring(broker, clientId, filters, sequence, malformed);
        if (!await parts.Session.RetireAsync(cancellationToken))
        {
            return false;
        }

        _malformed.TryRemove((broker.Name, clientId), out _);
        await records.DeleteAsync(broker.Name, clientId, cancellationToken);
        return true;
    }
}

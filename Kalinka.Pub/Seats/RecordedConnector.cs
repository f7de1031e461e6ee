using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>
/// Connects one MQTT session and keeps its record in ZooKeeper true: a filter is written down before it is subscribed, and
/// those of former configurations are unsubscribed once today's are in place. Messages do not pass here.
/// </summary>
internal sealed class RecordedConnector(
    IMqttConnector connector,
    SessionRecords records,
    TimeProvider time,
    ILogger logger
) : IMqttConnector
{
    // What can be carried on without is not waited for longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan TidyAgain = TimeSpan.FromSeconds(5);

    // Of whoever serves the session.
    private HashSet<string>? _recorded;
    private RecordedConnection? _current;
    private Task _later = Task.CompletedTask;
    private RecordedConnection? _tidied;

    public async Task<IMqttConnection> ConnectAsync(
        MqttConnectOptions options,
        IMqttConnectionHandler handler,
        CancellationToken cancellationToken
    )
    {
        // It ends with the last connection.
        await _later;
        _recorded = await TryAsync(token => ReadAsync(options, token), cancellationToken);
        var connection = await connector.ConnectAsync(options, handler, cancellationToken);
        return _current = new RecordedConnection(
            connection,
            filter => IncludeAsync(options, filter, cancellationToken)
        );
    }

    /// <summary>
    /// Every filter of today is subscribed: unsubscribes the others, and writes down what is left. In this order a message
    /// may come twice in between, and is never lost. While ZooKeeper is away it is not waited for; when it is back, it is done
    /// then.
    /// </summary>
    public async Task TidyAsync(MqttConnectOptions options, CancellationToken cancellationToken)
    {
        // One that is still to be written down goes on by itself.
        if (
            _later.IsCompleted
            && _current is { } connection
            && !await TryTidyAsync(options, connection, cancellationToken)
        )
        {
            _later = TidyLaterAsync(options, connection);
        }
    }

    private async Task<bool> TryTidyAsync(
        MqttConnectOptions options,
        RecordedConnection connection,
        CancellationToken cancellationToken
    )
    {
        // Perhaps ZooKeeper was away when we connected, or has been wiped since.
        if (_recorded is null || _tidied == connection)
        {
            _recorded = await TryAsync(token => ReadAsync(options, token), cancellationToken);
        }

        _tidied = connection;
        if (_recorded is null)
        {
            return false;
        }

        if (!_recorded.SetEquals(connection.Subscribed))
        {
            await UnsubscribeAsync(options, connection, _recorded.Except(connection.Subscribed), cancellationToken);
            _recorded = await TryAsync(token => WriteAsync(options, connection.Subscribed, token), cancellationToken);
        }

        return _recorded is not null;
    }

    // A session that is not written down would never be retired.
    private async Task TidyLaterAsync(MqttConnectOptions options, RecordedConnection connection)
    {
        using var timer = new PeriodicTimer(TidyAgain, time);
        try
        {
            do
            {
                await Task.WhenAny(connection.Closed, timer.WaitForNextTickAsync(CancellationToken.None).AsTask());
            } while (
                !connection.Closed.IsCompleted && !await TryTidyAsync(options, connection, CancellationToken.None)
            );
        }
        catch (MqttException)
        {
            // The connection has ended; the next one is tidied when it is there.
        }
    }

    private async Task UnsubscribeAsync(
        MqttConnectOptions options,
        RecordedConnection connection,
        IEnumerable<string> filters,
        CancellationToken cancellationToken
    )
    {
        foreach (var filter in filters.ToList())
        {
            await connection.UnsubscribeAsync(filter, cancellationToken);
            logger.LogInformation(
                "{Broker}: {ClientId} no longer subscribes to {Filter}",
                options.Broker.Name,
                options.ClientId,
                filter
            );
        }
    }

    private async Task IncludeAsync(MqttConnectOptions options, string filter, CancellationToken cancellationToken)
    {
        if (_recorded is { } recorded && !recorded.Contains(filter))
        {
            _recorded = await TryAsync(token => WriteAsync(options, recorded.Append(filter), token), cancellationToken);
        }
    }

    private async Task<HashSet<string>> ReadAsync(MqttConnectOptions options, CancellationToken cancellationToken) =>
        [.. await records.ReadAsync(options.Broker.Name, options.ClientId, cancellationToken)];

    private async Task<HashSet<string>> WriteAsync(
        MqttConnectOptions options,
        IEnumerable<string> filters,
        CancellationToken cancellationToken
    )
    {
        HashSet<string> written = [.. filters];
        await records.WriteAsync(options.Broker.Name, options.ClientId, written, cancellationToken);
        return written;
    }

    // Null: not known, ZooKeeper being away. Messages shall flow all the same.
    private async Task<HashSet<string>?> TryAsync(
        Func<CancellationToken, Task<HashSet<string>>> request,
        CancellationToken cancellationToken
    )
    {
        if (!records.Reachable)
        {
            return null;
        }

        using var patient = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patient.Token, cancellationToken);
        try
        {
            return await request(either.Token);
        }
        catch (ZooKeeperException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}

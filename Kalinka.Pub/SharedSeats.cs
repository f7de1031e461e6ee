using Kalinka.Common.Instances;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Pub;

/// <summary>
/// What several instances need to share the seats: to show themselves with what they can serve, to see each other, and
/// to retire what none of them uses any more.
/// </summary>
internal sealed class SharedSeats
{
    private readonly ZnodeSeats _znodes;
    private readonly ReachWatch _reach;
    private readonly InstanceZnode _instance;
    private readonly SessionRetirer _retirer;

    public SharedSeats(PubOptions options, PubStages stages, ILoggerFactory loggers, TimeProvider time)
    {
        _znodes = stages.ZnodeSeats!;
        var settle = options.ZooKeeper!.SessionTimeout;
        // Every ten seconds at every broker: nothing for the log. What fails is in the instance's report.
        var look = new BrokerLook(new MqttConnector(time, NullLogger<MqttConnector>.Instance));
        _reach = new ReachWatch(options, stages.Seats, stages.Catalog, look, time);
        _instance = new InstanceZnode(
            _znodes.Client,
            "kalinka-pub",
            options.Instance,
            settle,
            () => _reach.Report() with { BrokersRetired = RetiredOf(stages) },
            time,
            loggers.CreateLogger<InstanceZnode>()
        );
        _retirer = new SessionRetirer(
            stages.Seats,
            stages.Builder,
            _znodes,
            stages.Records!,
            settle,
            time,
            loggers.CreateLogger<SessionRetirer>()
        );
    }

    public SeatTallies Tallies => _znodes.Tallies;

    /// <summary>Sessions that we have ended.</summary>
    public long Retired => _retirer.Retired;

    /// <summary>Every part, until cancelled.</summary>
    public IEnumerable<Task> Run(CancellationToken stopping) =>
        [_znodes.RunAsync(stopping), _reach.RunAsync(stopping), ShowAsync(stopping), _retirer.RunAsync(stopping)];

    /// <summary>The others see that we go before our seats are free, so that none of them is kept for us.</summary>
    public Task LeaveAsync() => _instance.LeaveAsync();

    private static List<string>? RetiredOf(PubStages stages)
    {
        List<string> retired =
        [
            .. stages.Brokers.All.Where(broker => broker.Retired == true).Select(broker => broker.Entry.Name),
        ];
        return retired.Count > 0 ? retired : null;
    }

    private async Task ShowAsync(CancellationToken stopping)
    {
        await _reach.Looked.WaitAsync(stopping);
        await _instance.RunAsync(stopping);
    }
}

using System.CommandLine;
using Kalinka.Common.Brokers;
using Kalinka.Common.Text;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>
/// What the verbs share that mark a broker in its znode: an ensemble that has to answer, a broker that has to be known, and
/// mistakes that are one line.
/// </summary>
public static class BrokerMarking
{
    /// <summary>How long the ensemble may take for one answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="mark">A <see cref="TimeoutException"/> means that the ensemble did not answer.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        IDaemonConfiguration loaded,
        ParseResult result,
        Func<ZooKeeperClient, Task<int>> mark
    )
    {
        if (loaded.ZooKeeper is not { } options)
        {
            return Refuse(result, "the configuration names no ZooKeeper, by which the daemons could be told");
        }

        await using var ensemble = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        ensemble.Start();
        try
        {
            return await mark(ensemble);
        }
        catch (TimeoutException)
        {
            var problem = ensemble.LastError ?? $"no answer within {Patience.TotalSeconds:0} s";
            return Refuse(result, $"ZooKeeper {options.ConnectionString}: {problem}");
        }
        catch (Exception refusal) when (refusal is ZooKeeperException or InvalidDataException)
        {
            return Refuse(result, refusal.Message);
        }
    }

    /// <summary>Why the broker cannot be marked; null when it is configured or announced.</summary>
    public static async Task<string?> ProblemAsync(
        ZooKeeperClient ensemble,
        IDaemonConfiguration loaded,
        string broker,
        CancellationToken cancellationToken
    )
    {
        var announced = await BrokerZnodes.NamesAsync(ensemble, cancellationToken);
        var known = loaded.Mqtt.Brokers.Select(configured => configured.Name).Concat(announced).ToList();
        return known.Contains(broker)
            ? null
            : $"no broker {broker} is configured or announced{Spelling.Suggest(broker, known)}";
    }

    /// <summary>Tells a mistake, and returns the exit code for it.</summary>
    public static int Refuse(ParseResult result, string problem)
    {
        result.InvocationConfiguration.Error.WriteLine($"error: {Printable.Of(problem)}");
        return ExitCodes.Mistake;
    }
}

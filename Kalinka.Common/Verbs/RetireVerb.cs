using System.CommandLine;
using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Common.Text;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>
/// <c>retire BROKER</c>: takes a broker out of service for all daemons of the ensemble, and waits until it can be
/// switched off. The mark is in the broker's znode: it stays when the verb is interrupted.
/// </summary>
public sealed class RetireVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConfigurationArgument _configuration;
    private readonly Argument<string> _broker = new("BROKER") { Description = "Its name" };
    private readonly Option<bool> _undo = new("--undo") { Description = "Bring it back into service" };
    private readonly Option<TimeSpan> _wait = new("--wait")
    {
        Description = "How long to wait until it can be switched off",
        HelpName = "hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromMinutes(10),
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    private RetireVerb(IReadOnlyDictionary<string, string> keys) => _configuration = new ConfigurationArgument(keys);

    public static Command Create<T>(Daemon<T> daemon, IReadOnlyDictionary<string, string> keys)
        where T : class, IDaemonConfiguration
    {
        var verb = new RetireVerb(keys);
        var command = new Command(
            "retire",
            "Takes a broker out of service and waits until it can be switched off; exit code 0, 1 when it cannot yet"
        )
        {
            verb._broker,
            verb._configuration.Option,
            verb._undo,
            verb._wait,
            verb._json,
        };
        command.SetAction((result, stopping) => verb.RunAsync(daemon, result, stopping));
        return command;
    }

    private async Task<int> RunAsync<T>(Daemon<T> daemon, ParseResult result, CancellationToken stopping)
        where T : class, IDaemonConfiguration
    {
        var loaded = _configuration.Load(result, root => daemon.Read(root, InstanceName.First));
        if (loaded is null)
        {
            return ExitCodes.Mistake;
        }

        if (loaded.ZooKeeper is not { } options)
        {
            return Refuse(result, "the configuration names no ZooKeeper, by which the daemons could be told");
        }

        await using var ensemble = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        ensemble.Start();
        try
        {
            var names = loaded.Mqtt.Brokers.Select(broker => broker.Name).ToList();
            return await RetireAsync(ensemble, names, result, stopping);
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

    private async Task<int> RetireAsync(
        ZooKeeperClient ensemble,
        List<string> configured,
        ParseResult result,
        CancellationToken stopping
    )
    {
        var broker = result.GetRequiredValue(_broker);
        var known = await BrokerZnodes.NamesAsync(ensemble, stopping).WaitAsync(Patience, stopping);
        if (!configured.Contains(broker) && !known.Contains(broker))
        {
            var hint = Spelling.Suggest(broker, configured.Concat(known));
            return Refuse(result, $"no broker {broker} is configured or announced{hint}");
        }

        var undo = result.GetValue(_undo);
        await BrokerZnodes.MarkRetiredAsync(ensemble, broker, !undo, stopping).WaitAsync(Patience, stopping);
        var (output, json) = (result.InvocationConfiguration.Output, result.GetValue(_json));
        var retirement = undo
            ? new Retirement(broker, false, [], 0, 0)
            : await WaitAsync(new RetirementLook(ensemble, broker), result, stopping);
        retirement.Print(output, json);
        return undo || retirement.Safe ? ExitCodes.Success : ExitCodes.Negative;
    }

    // Asks again and again, and tells what has changed; ends when it is safe, or the wait is over.
    private async Task<Retirement> WaitAsync(RetirementLook look, ParseResult result, CancellationToken stopping)
    {
        var (since, wait, told) = (TimeProvider.System.GetTimestamp(), result.GetValue(_wait), "");
        while (true)
        {
            var retirement = await look.ReadAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
            if (!result.GetValue(_json) && !retirement.Safe && retirement.Progress is var progress && progress != told)
            {
                told = progress;
                result.InvocationConfiguration.Output.WriteLine(progress);
            }

            if (
                retirement.Safe
                || TimeProvider.System.GetElapsedTime(since) >= wait
                || stopping.IsCancellationRequested
            )
            {
                return retirement;
            }

            await Task.Delay(LookEvery, TimeProvider.System, stopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static int Refuse(ParseResult result, string problem)
    {
        result.InvocationConfiguration.Error.WriteLine($"error: {problem}");
        return ExitCodes.Mistake;
    }
}

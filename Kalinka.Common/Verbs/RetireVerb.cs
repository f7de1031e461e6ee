using System.CommandLine;
using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Verbs;

/// <summary>
/// <c>retire BROKER</c>: takes a broker out of service for all daemons of the ensemble, and waits until it can be
/// switched off. The mark is in the broker's znode: it stays when the verb is interrupted.
/// </summary>
public sealed class RetireVerb
{
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

        return await BrokerMarking.RunAsync(
            loaded,
            result,
            ensemble => RetireAsync(ensemble, loaded, result, stopping)
        );
    }

    private async Task<int> RetireAsync(
        ZooKeeperClient ensemble,
        IDaemonConfiguration loaded,
        ParseResult result,
        CancellationToken stopping
    )
    {
        var broker = result.GetRequiredValue(_broker);
        var problem = await BrokerMarking
            .ProblemAsync(ensemble, loaded, broker, stopping)
            .WaitAsync(BrokerMarking.Patience, stopping);
        if (problem is not null)
        {
            return BrokerMarking.Refuse(result, problem);
        }

        var undo = result.GetValue(_undo);
        await BrokerZnodes
            .MarkRetiredAsync(ensemble, broker, !undo, stopping)
            .WaitAsync(BrokerMarking.Patience, stopping);
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
            var retirement = await look.ReadAsync(CancellationToken.None)
                .WaitAsync(BrokerMarking.Patience, CancellationToken.None);
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
}

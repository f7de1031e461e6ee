using System.CommandLine;
using Kalinka.Common.Hosting;

namespace Kalinka.Common.Verbs;

/// <summary><c>check</c>: is the configuration right, and, when asked, do the servers answer?</summary>
public static class CheckVerb
{
    public static Command Create<T>(Daemon<T> daemon, IReadOnlyDictionary<string, string> keys)
        where T : class, IDaemonConfiguration
    {
        var configuration = new ConfigurationArgument(keys);
        var connect = new Option<bool>("--connect") { Description = "Try each broker, Kafka and ZooKeeper, too" };
        var command = new Command("check", "Reports every mistake of the configuration at once; exit code 0, or 2")
        {
            configuration.Option,
            connect,
        };
        command.SetAction(
            async (result, stopping) =>
            {
                var loaded = configuration.Load(result, root => daemon.Read(root, InstanceName.First));
                if (loaded is null)
                {
                    return ExitCodes.Mistake;
                }

                PrintSummary(result.InvocationConfiguration.Output, loaded);
                return result.GetValue(connect)
                    ? await ServerCheck.RunAsync(loaded, result.InvocationConfiguration.Output, stopping)
                    : ExitCodes.Success;
            }
        );
        return command;
    }

    private static void PrintSummary(TextWriter output, IDaemonConfiguration configuration)
    {
        output.WriteLine("ok");
        foreach (var line in configuration.Summary)
        {
            output.WriteLine($"  {line}");
        }
    }
}

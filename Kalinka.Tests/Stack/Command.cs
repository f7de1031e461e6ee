using System.Diagnostics;

namespace Kalinka.Tests.Stack;

/// <summary>What a command line program ended with.</summary>
/// <param name="Output">Both streams together, in the order of their arrival.</param>
internal sealed record CommandResult(int ExitCode, string Output);

/// <summary>Programs of the system that tests run.</summary>
internal static class Command
{
    // Daemons live in sbin, which is not in everybody's PATH.
    private static readonly string[] Folders =
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries),
        "/usr/sbin",
        "/sbin",
    ];

    /// <summary>The program's path; null when it is not installed.</summary>
    public static string? Find(string program) =>
        Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="TimeoutException">It took longer than five minutes; it is killed then.</exception>
    public static async Task<CommandResult> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(Redirected(program, arguments))!;
        var output = new ProcessOutput(process);
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new CommandResult(process.ExitCode, string.Join('\n', output.Lines));
    }

    /// <summary>How to start it with both streams redirected; a name without a folder is looked up.</summary>
    public static ProcessStartInfo Redirected(string program, params string[] arguments) =>
        new(Find(program) ?? program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
}

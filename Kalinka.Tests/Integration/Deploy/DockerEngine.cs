using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>
/// A Docker engine and a base image with the .NET runtime: the engine of this machine and the official image, or, as
/// root and without a network, an engine that lives as long as this object and a base image made here.
/// </summary>
internal sealed class DockerEngine : IAsyncDisposable
{
    private const string OfficialImage = "mcr.microsoft.com/dotnet/aspnet:10.0";
    private const string OwnImage = "kalinka-base";

    private static readonly string Script = Repository.PathOf("deploy", "docker", "engine");

    private readonly string? _ownFolder;
    private readonly string[] _host;

    private DockerEngine(string? ownFolder, string[] host)
    {
        _ownFolder = ownFolder;
        _host = host;
    }

    public string RuntimeImage { get; private set; } = OfficialImage;

    /// <summary>Why there can be no engine here; null when there can.</summary>
    public static async Task<string?> WhyNotAsync()
    {
        if (await AnswersAsync())
        {
            return null;
        }
        if (!Environment.IsPrivilegedProcess)
        {
            return "no Docker engine answers, and only root can start one";
        }
        var missing = new[] { "docker", "dockerd", "debootstrap" }.Where(program => Command.Find(program) is null);
        return missing.FirstOrDefault() is { } program ? $"{program} is not installed" : null;
    }

    public static async Task<DockerEngine> StartAsync()
    {
        if (await AnswersAsync())
        {
            var present = new DockerEngine(null, []);
            if ((await present.RunAsync(["pull", "--quiet", OfficialImage])).ExitCode != 0)
            {
                await present.MakeBaseImageAsync();
            }
            return present;
        }
        var folder = Directory.CreateTempSubdirectory("docker-").FullName;
        var started = await Command.RunAsync(Script, "start", folder);
        Assert.That(started.ExitCode, Is.Zero, started.Output);
        var own = new DockerEngine(folder, ["--host", $"unix://{folder}/sock"]);
        await own.MakeBaseImageAsync();
        return own;
    }

    /// <summary>A docker command that must succeed; its output.</summary>
    public async Task<string> DoAsync(params string[][] arguments)
    {
        var done = await RunAsync(arguments);
        Assert.That(
            done.ExitCode,
            Is.Zero,
            $"docker {string.Join(' ', arguments.SelectMany(part => part))}\n{done.Output}"
        );
        return done.Output.Trim();
    }

    /// <summary>A docker command that may fail.</summary>
    public Task<CommandResult> RunAsync(params string[][] arguments) =>
        Command.RunAsync("docker", [.. _host, .. arguments.SelectMany(part => part)]);

    public async ValueTask DisposeAsync()
    {
        if (_ownFolder is not null)
        {
            await Command.RunAsync(Script, "stop", _ownFolder);
        }
    }

    private static async Task<bool> AnswersAsync() =>
        Command.Find("docker") is not null && (await Command.RunAsync("docker", "info")).ExitCode == 0;

    private async Task MakeBaseImageAsync()
    {
        var made = await Command.RunAsync(Script, ["base", OwnImage, .. _host]);
        Assert.That(made.ExitCode, Is.Zero, made.Output);
        RuntimeImage = OwnImage;
    }
}

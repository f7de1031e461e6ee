using System.Runtime.Versioning;
using Kalinka.QuickStart;
using Kalinka.Tests.Stack;
using Daemon = Kalinka.QuickStart.Daemons.Daemon;

namespace Kalinka.Tests.QuickStart;

[SupportedOSPlatform("linux")]
internal sealed class DaemonTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private DirectoryInfo _folder;

    private string Log => Path.Combine(_folder.FullName, "log");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("kalinka-");

    [TearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task It_is_stopped_with_SIGTERM_and_its_exit_code_comes_back()
    {
        using var daemon = Start(
            "trap 'echo drained; exit 3' TERM; echo started; while :; do read -t 0.05 <> <(:); done"
        );
        await Eventually.That(() => Logged("started"), Soon, "the start");

        Assert.That(await daemon.StopAsync(Soon), Is.EqualTo(3));
        Assert.That(Logged("drained"), Is.True);
    }

    [Test]
    public async Task One_that_does_not_stop_is_left_to_be_killed()
    {
        using var daemon = Start("trap '' TERM; echo $$; exec sleep 600");
        await Eventually.That(() => Logged("\n"), Soon, "the start");
        var process = $"/proc/{File.ReadAllText(Log).Trim()}";

        Assert.That(await daemon.StopAsync(TimeSpan.FromSeconds(0.3)), Is.Null);
        Assert.That(Directory.Exists(process), Is.True);
        daemon.Dispose();

        await Eventually.That(() => !Directory.Exists(process), Soon, "the end of the process");
    }

    [Test]
    public async Task Its_early_end_is_noticed()
    {
        using var daemon = Start("exit 2");

        var failure = await Assert.ThrowsAsync<QuickStartException>(() =>
            daemon.ReadyAsync(Soon, CancellationToken.None)
        );

        Assert.That(failure?.Message, Does.Contain("exit code 2").And.Contain(Log));
    }

    [Test]
    public async Task It_is_told_its_configuration()
    {
        using var daemon = Start("echo \"$@\"");

        await Eventually.That(() => Logged("run --config pub.json"), Soon, "the arguments");
    }

    private bool Logged(string text) => File.Exists(Log) && File.ReadAllText(Log).Contains(text);

    private Daemon Start(string script)
    {
        var executable = Path.Combine(_folder.FullName, "daemon");
        File.WriteAllText(executable, "#!/bin/bash\n" + script + "\n");
        File.SetUnixFileMode(executable, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return Daemon.Start("kalinka-pub", executable, "pub.json", "http://127.0.0.1:1", Log);
    }
}

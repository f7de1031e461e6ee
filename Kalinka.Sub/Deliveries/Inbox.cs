namespace Kalinka.Sub.Deliveries;

/// <summary>
/// What the other threads have to tell the dispatcher, in one order for all of them. Posting never blocks and, with a
/// cached handler, does not allocate.
/// </summary>
internal sealed class Inbox
{
    private static readonly Action<object> RunAction = static action => ((Action)action)();

    private readonly object _lock = new();

    // Under the lock.
    private List<Note> _incoming = new(1024);
    private bool _signalled;

    private volatile bool _mayGather;

    // The dispatcher's.
    private List<Note> _running = new(1024);

    /// <summary>
    /// Who has news, or takes them, may let more come for a moment: see <see cref="Gathering"/>, which sets it. Any thread.
    /// </summary>
    public bool MayGather
    {
        get => _mayGather;
        set => _mayGather = value;
    }

    /// <summary>Something was posted that has not been handled. Any thread.</summary>
    public bool HasNotes
    {
        get
        {
            lock (_lock)
            {
                return _incoming.Count > 0;
            }
        }
    }

    /// <summary>Has the dispatcher call <paramref name="handle"/> with <paramref name="subject"/>.</summary>
    public void Post(Action<object> handle, object subject)
    {
        lock (_lock)
        {
            _incoming.Add(new Note(handle, subject));
            Signal();
        }
    }

    /// <summary>The same for many, in their order, with one hand-over.</summary>
    public void Post(Action<object> handle, ReadOnlySpan<Delivery> subjects)
    {
        lock (_lock)
        {
            foreach (var subject in subjects)
            {
                _incoming.Add(new Note(handle, subject));
            }

            Signal();
        }
    }

    /// <summary>For what happens seldom.</summary>
    public void Post(Action action) => Post(RunAction, action);

    /// <summary>Lets the dispatcher take a turn though nothing was posted.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            Signal();
        }
    }

    /// <summary>Waits until something was posted since the last <see cref="Run"/>.</summary>
    public void Wait()
    {
        lock (_lock)
        {
            while (!_signalled)
            {
                Monitor.Wait(_lock);
            }
        }
    }

    /// <summary>Handles all that was posted before the call; what is posted meanwhile is for the next one.</summary>
    public void Run()
    {
        lock (_lock)
        {
            (_incoming, _running) = (_running, _incoming);
            _signalled = false;
        }

        foreach (var note in _running)
        {
            note.Handle(note.Subject);
        }

        _running.Clear();
    }

    private void Signal()
    {
        if (!_signalled)
        {
            _signalled = true;
            Monitor.Pulse(_lock);
        }
    }

    private readonly record struct Note(Action<object> Handle, object Subject);
}

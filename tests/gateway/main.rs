mod dialogs;
mod front;
